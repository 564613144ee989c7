package main

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/verifier"
)

// taken lets a wallet take the award of an exchange by a fresh offer, and returns the award as it is then.
func (x *exchanging) taken(u offer.Unbound) issuer.Award {
	x.t.Helper()
	fresh, err := x.app.offers.Create(x.t.Context(), x.award.ID, offer.Order{Unbound: u, Actor: "test"})
	if err != nil {
		x.t.Fatal(err)
	}
	x.code = fresh.Code
	me := newHolder(x.t)
	path, challenge, domain := x.asked()
	if status, v := x.send(http.MethodPost, path, answerWith(me.presents(x.t, me.did, challenge, domain))); status != http.StatusOK {
		x.t.Fatalf("%d %s", status, ijson.Append(nil, v))
	}
	return find(x.t, x.app, x.award.ID)
}

func (x *exchanging) verdict(file []byte) verifier.Verdict {
	x.t.Helper()
	return x.app.verifier.Check(x.t.Context(), verifier.Input{File: file}, verifier.Policy{}).Verdict
}

// TestAnOfferSaysWhatBecomesOfTheFiles: the word of an offer goes before the setting.
func TestAnOfferSaysWhatBecomesOfTheFiles(t *testing.T) {
	for name, c := range map[string]struct {
		setting string
		offer   offer.Unbound
		want    verifier.Verdict
	}{
		"nothing said":                           {"keep", offer.AsSet, verifier.Valid},
		"nothing said, set to supersede":         {"supersede", offer.AsSet, verifier.Invalid},
		"superseded by the offer":                {"keep", offer.Supersede, verifier.Invalid},
		"kept by the offer, against what is set": {"supersede", offer.Keep, verifier.Valid},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExchange(t)
			x.app.cfg.Unbound = c.setting
			x.app.wallets = remade(t, x.app)
			srv, err := x.app.server()
			if err != nil {
				t.Fatal(err)
			}
			x.handler = srv.Handler()
			x.taken(c.offer)
			if got := x.verdict(x.award.Credentials[0].Signed); got != c.want {
				t.Errorf("the file is %s, want %s", got, c.want)
			}
		})
	}
}

// TestEverythingFollowsTheCopyInTheWallet: what is given out after the wallet's copy took the place of the others, holds.
func TestEverythingFollowsTheCopyInTheWallet(t *testing.T) {
	x := newExchange(t)
	a := x.taken(offer.Supersede)
	old := x.award.Credentials[0]
	current, ok := a.Current()
	if !ok || current.ID == old.ID || x.verdict(old.Signed) != verifier.Invalid || x.verdict(current.Signed) != verifier.Valid {
		t.Fatalf("current is %s of %d, the old one is %s", current.ID, len(a.Credentials), x.verdict(old.Signed))
	}
	pdf, err := newPrinting(x.app).Certificate(t.Context(), a, current.ID, i18n.English)
	if err != nil || x.verdict(pdf) != verifier.Valid {
		t.Errorf("the certificate is %s, %v", x.verdict(pdf), err)
	}
	record, _, err := x.app.awards.Record(t.Context(), issuer.RecordRequest{IssuerRef: a.IssuerID, Awards: []string{a.ID}, Actor: "test"})
	if err != nil {
		t.Fatal(err)
	}
	r := x.app.verifier.Check(t.Context(), verifier.Input{File: record.Signed}, verifier.Policy{})
	if r.Verdict != verifier.Valid || r.Nested == nil {
		t.Errorf("the record is %s: %+v", r.Verdict, r.Checks)
	}
	for _, n := range r.Nested {
		if n.Result.Verdict != verifier.Valid {
			t.Errorf("in the record: %s %+v", n.Result.Verdict, n.Result.Checks)
		}
	}
	secret, _, err := x.app.learners.Invite(t.Context(), a.ID, 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	b := browser{t: t, h: x.handler}
	if w := b.get("/my/" + secret + "/files/" + old.ID + ".jwt"); w.Code != http.StatusNotFound {
		t.Errorf("the learner gets a file that holds no more: %d", w.Code)
	}
	if w := b.get("/my/" + secret); !strings.Contains(w.Body.String(), current.ID+".json") || strings.Contains(w.Body.String(), old.ID) {
		t.Error("the learner's page does not show the copy that holds, or still the other")
	}
	x.allHold(b.get("/my/"+secret+"/files/all.zip").Body.Bytes(), 4)
}

// allHold checks that a ZIP has at least so many badges, each under a name of its own and valid, and a text that names one of them.
func (x *exchanging) allHold(file []byte, least int) {
	x.t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		x.t.Fatal(err)
	}
	names, text := map[string]bool{}, ""
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			x.t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			x.t.Fatal(err)
		}
		if f.Name == "README.txt" {
			text = string(body)
			continue
		}
		if f.Name == "verification.json" {
			continue
		}
		if names[f.Name] {
			x.t.Errorf("%s is there twice", f.Name)
		}
		names[f.Name] = true
		if got := x.verdict(body); got != verifier.Valid {
			x.t.Errorf("%s is %s", f.Name, got)
		}
	}
	_, sample, _ := strings.Cut(text, "laurel verify ")
	sample, _, _ = strings.Cut(sample, "\n")
	if len(names) < least || !names[sample] {
		x.t.Errorf("%d files %v, and the text names %q", len(names), names, sample)
	}
}
