package verifier_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/pdf/pdftest"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// TestInputs: whatever is handed over is answered with a Result; a link is followed once.
func TestInputs(t *testing.T) {
	w := verifiertest.NewWorld(t)
	jws := signed(w, w.School.Badge())
	const link, other = "https://school.example/c/1.jwt", "https://canary.example/c/1"
	form := verifier.CheckForm
	for _, row := range []struct {
		name  string
		in    verifier.Input
		serve func()
		want  want
	}{
		{"text", verifier.Input{Text: jws}, nil, ok()},
		{"a file", verifier.Input{File: []byte(jws), FileName: "badge.jwt"}, nil, ok()},
		{"a document", verifier.Input{File: attached(jws), FileName: "badge.pdf"}, nil, ok()},
		{"a document with two", verifier.Input{File: attached(jws, signed(w, w.School.Badge()))}, nil, refused(form, "pdf.multiple_credentials")},
		{"a document with none", verifier.Input{File: attached()}, nil, refused(form, "pdf.no_credential")},
		{"a link", verifier.Input{URL: link}, func() { w.Web.Put(link, "text/plain", jws) }, ok()},
		{"a link as text", verifier.Input{Text: link}, func() { w.Web.Put(link, "application/vc+jwt", jws) }, ok()},
		{"nothing", verifier.Input{}, nil, refused(form, "intake.empty")},
		{"blanks", verifier.Input{Text: " \n\t"}, nil, refused(form, "intake.empty")},
		{"words", verifier.Input{Text: "valid valid valid"}, nil, refused(form, "intake.no_credential")},
		{"too much", verifier.Input{Text: "ey" + strings.Repeat("A", limits.CredentialBytes)}, nil, refused(form, "limits.size")},
		{"a script for a link", verifier.Input{Text: "javascript:alert(1)"}, nil, refused(form, "intake.unsupported")},
		{"a link that cannot be opened", verifier.Input{URL: link}, func() { w.Web.Fail(link, "fetch.address") }, unclear(form, "fetch.address")},
		{"a link to another link", verifier.Input{URL: link}, func() { w.Web.Put(link, "text/plain", other) }, refused(form, "intake.link_to_link")},
		{"a link to a page", verifier.Input{URL: link}, func() { w.Web.Put(link, "text/html", "<!doctype html><p>This badge is valid") }, refused(form, "intake.unsupported")},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.serve != nil {
				row.serve()
			}
			before := w.Web.Count(link)
			look(t, w.Verifier().Check(t.Context(), row.in, verifier.Policy{}), row.want)
			if n := w.Web.Count(link) - before; n > 1 || w.Web.Count(other) != 0 {
				t.Errorf("%d requests for the link, %d beyond", n, w.Web.Count(other))
			}
		})
	}
}

// attached makes a PDF document with those texts as attachments.
func attached(texts ...string) []byte {
	var files []pdftest.File
	for _, text := range texts {
		files = append(files, pdftest.File{Name: "badge.jwt", Data: []byte(text)})
	}
	return pdftest.Document(pdftest.Stream, files...)
}

// TestForeignForms: forms that are not read are unknown or refused, and never valid.
func TestForeignForms(t *testing.T) {
	w := verifiertest.NewWorld(t)
	for _, row := range []struct {
		name string
		form proof.Form
		data string
		want want
	}{
		{"an SD-JWT without content", proof.SDJWT, "eyJ.eyJ.AA~", refused(verifier.CheckForm, "jose.encoding")},
		{"a form that nobody knows", "morse", "...", refused(verifier.CheckForm, "form.unknown")},
		{"JSON that is called a JWT", proof.OBJWT, w.School.Badge().Text(), refused(verifier.CheckForm, "jose.structure")},
		{"a JWT that is called JSON", proof.None, signed(w, w.School.Badge()), refused(verifier.CheckForm, "json.syntax")},
		{"an empty item", "", "", refused(verifier.CheckForm, "form.unknown")},
	} {
		t.Run(row.name, func(t *testing.T) {
			look(t, w.Verifier().Verify(t.Context(), intake.New(row.form, []byte(row.data)), verifier.Policy{}), row.want)
		})
	}
	look(t, w.Verifier().Refuse(fault.Wrong("image.none", "", "There is no badge in the picture."), verifier.Policy{}), refused(verifier.CheckForm, "image.none"))
}

// TestZeroConfig: a verifier of nothing reaches nobody and trusts nobody.
func TestZeroConfig(t *testing.T) {
	w := verifiertest.NewWorld(t)
	self := verifiertest.NewKeyIssuer(t, w.Web, nil)
	v := verifier.New(verifier.Config{})
	look(t, v.Check(t.Context(), verifier.Input{Text: self.JWT(keys.EdDSA, self.Badge().Claims())}, verifier.Policy{At: verifiertest.Now()}), unclear(verifier.CheckTrust, "trust.unknown_issuer"))
	look(t, v.Check(t.Context(), verifier.Input{Text: signed(w, w.School.Badge())}, verifier.Policy{At: verifiertest.Now()}), unclear(verifier.CheckBinding, "fetch.offline"))
	look(t, v.Check(t.Context(), verifier.Input{URL: "https://school.example/c/1"}, verifier.Policy{}), unclear(verifier.CheckForm, "fetch.offline"))
}

func TestParsePolicy(t *testing.T) {
	for name, waive := range map[string]verifier.Waiver{
		"": 0, "default": 0, "strict": 0, "compatible": verifier.MissingClaims, "any-issuer-unsafe": verifier.TrustUnsafe,
	} {
		if p, err := verifier.ParsePolicy(name); err != nil || p.Waive != waive {
			t.Errorf("%q: %+v, %v", name, p, err)
		}
	}
	for _, name := range []string{"Default", "any-issuer", "none", " "} {
		if _, err := verifier.ParsePolicy(name); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestPolicyTime: the moment that is judged for moves the dates of the badge, and never lets a revocation be forgotten.
func TestPolicyTime(t *testing.T) {
	w := verifiertest.NewWorld(t)
	w.School.PublishList(t, keys.EdDSA, list())
	v := w.Verifier()
	for _, row := range []struct {
		name, index string
		at          time.Time
		want        want
	}{
		{"in the past", "5", verifiertest.Now().AddDate(0, -2, 0), clear()},
		{"before it began", "5", verifiertest.Now().AddDate(-1, 0, 0), refused(verifier.CheckTime, "time.not_yet_valid")},
		{"in the future", "5", verifiertest.Now().AddDate(1, 0, 0), clear()},
		{"after its end", "5", verifiertest.Now().AddDate(9, 0, 0), refused(verifier.CheckTime, "time.expired")},
		{"revoked by now, for the past", "7", verifiertest.Now().AddDate(0, -2, 0), revoked()},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := v.Check(t.Context(), verifier.Input{Text: statusBadge(w, entry(row.index))}, verifier.Policy{At: row.at})
			look(t, r, row.want)
			if !r.CheckedAt.Equal(verifiertest.Now()) {
				t.Errorf("checked at %v", r.CheckedAt)
			}
		})
	}
}

// TestParallel: one verifier serves many at once; run with -race.
func TestParallel(t *testing.T) {
	w := verifiertest.NewWorld(t)
	w.School.PublishList(t, keys.EdDSA, list())
	v := w.Verifier()
	inputs := map[string]verifier.Verdict{
		statusBadge(w, entry("5")): verifier.Valid, statusBadge(w, entry("7")): verifier.Invalid,
		w.Stranger.JWT(keys.ES256, w.Stranger.Badge().Claims()): verifier.Undecided,
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for in, verdict := range inputs {
				if r := v.Check(t.Context(), verifier.Input{Text: in}, verifier.Policy{}); r.Verdict != verdict {
					t.Errorf("%s, want %s\n%s", r.Verdict, verdict, summary(r))
				}
			}
		})
	}
	wait.Wait()
}
