package verifier_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/cose"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
	"github.com/openlaurel/laurel/internal/proof/sdjwt"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// ledger says of every signature the same, and notes what it was asked for.
type ledger struct {
	at    time.Time
	found bool
	err   error
	asked []string
}

func (l *ledger) Signed(_ context.Context, issuer string, digest []byte) (time.Time, bool, error) {
	l.asked = append(l.asked, issuer+" "+string(digest))
	return l.at, l.found, l.err
}

// TestAWithdrawnKeyAndWhatWasRecordedOfIt (threats K13, T05): only a record of these very bytes, from before the key was stolen, keeps
// a credential of a withdrawn key.
func TestAWithdrawnKeyAndWhatWasRecordedOfIt(t *testing.T) {
	stolen := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	const bind = verifier.CheckBinding
	for _, row := range []struct {
		name   string
		ledger *ledger // nil: nobody keeps any
		want   want
	}{
		{"recorded before", &ledger{at: stolen.Add(-time.Second), found: true}, ok()},
		{"recorded when it was stolen", &ledger{at: stolen, found: true}, refused(bind, "key.compromised")},
		{"recorded after", &ledger{at: stolen.Add(time.Hour), found: true}, refused(bind, "key.compromised")},
		{"not recorded", &ledger{at: stolen.Add(-time.Hour)}, refused(bind, "key.compromised")},
		{"a record that cannot be read", &ledger{at: stolen.Add(-time.Hour), found: true, err: errors.New("the disk is gone")}, refused(bind, "key.compromised")},
		{"no record anywhere", nil, refused(bind, "key.compromised")},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			d := w.School.Document()
			for _, m := range d["verificationMethod"].([]any) {
				m.(map[string]any)["revoked"] = stolen.Format(time.RFC3339)
			}
			w.School.Serve(d)
			c := verifier.Config{Keys: did.New(did.Config{Fetch: w.Web, Clock: w.Clock}), Fetch: w.Web, Trust: w.Trust, Clock: w.Clock}
			if row.ledger != nil {
				c.Records = row.ledger
			}
			jws := signed(w, w.School.Badge())
			r := verifier.New(c).Check(t.Context(), verifier.Input{Text: jws}, verifier.Policy{})
			look(t, r, row.want)
			if warned(r, "key.withdrawn") != (row.want == ok()) {
				t.Error(summary(r))
			}
			if row.ledger == nil {
				return
			}
			sum := sha256.Sum256([]byte(jws[:strings.LastIndexByte(jws, '.')]))
			for _, asked := range row.ledger.asked {
				if asked != w.School.ID+" "+string(sum[:]) {
					t.Errorf("asked for %q", asked)
				}
			}
			if len(row.ledger.asked) == 0 {
				t.Error("not asked")
			}
		})
	}
}

// TestNoRecordOfWhatNobodySigned: what cannot be brought into the form that is signed is looked up nowhere.
func TestNoRecordOfWhatNobodySigned(t *testing.T) {
	w := verifiertest.NewWorld(t)
	d := w.School.Document()
	for _, m := range d["verificationMethod"].([]any) {
		m.(map[string]any)["revoked"] = "2026-03-01T00:00:00Z"
	}
	w.School.Serve(d)
	good := proved(t, w.School, w.School.Badge())
	for name, row := range map[string]struct {
		doc   verifiertest.Doc
		asked bool
	}{"a document": {good, true}, "with a term that means nothing": {good.With("/grade", "A+"), false}} {
		l := &ledger{at: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), found: true}
		v := verifier.New(verifier.Config{Keys: did.New(did.Config{Fetch: w.Web, Clock: w.Clock}), Fetch: w.Web, Trust: w.Trust, Clock: w.Clock, Records: l})
		r := v.Check(t.Context(), verifier.Input{Text: row.doc.Text()}, verifier.Policy{})
		if (len(l.asked) > 0) != row.asked || (r.Verdict == verifier.Valid) != row.asked {
			t.Errorf("%s: asked %d times\n%s", name, len(l.asked), summary(r))
		}
	}
}

// TestWhoIsNotAKey: whether a subject is the presenter's key is read from its name alone; nobody is asked, and what is no key is
// nobody's.
func TestWhoIsNotAKey(t *testing.T) {
	s := newStage(t)
	wallet := verifiertest.NewIssuer(t, s.Web, "did:web:wallet.example", keys.EdDSA)
	for _, subject := range []string{wallet.ID, "did:key:zNothing", s.thief.ID} {
		vp := s.presentation(map[string]any(s.envelope(s.School.Badge().With("/credentialSubject/id", subject))))
		r := judge(t, s.World, vpjwt(s.holder, answer(vp)), asked())
		if len(r.Credentials) != 1 {
			t.Fatal(summary(r.Result()))
		}
		look(t, r.Credentials[0].Result, refused(verifier.CheckHolder, "vp.holder"))
	}
	if n := s.Web.Count(wallet.KeysURL()); n != 0 {
		t.Errorf("the subject was asked %d times", n)
	}
}

// noting is a key that remembers what it signed last.
type noting struct {
	keys.Signer
	last *[]byte
}

func (n noting) Sign(message []byte) ([]byte, error) {
	*n.last = bytes.Clone(message)
	return n.Signer.Sign(message)
}

// TestEveryFormAsksTheRecord: whatever the form, the record is asked for what the issuer's key signed, and keeps it.
func TestEveryFormAsksTheRecord(t *testing.T) {
	w := verifiertest.NewWorld(t)
	d := w.School.Document()
	for _, m := range d["verificationMethod"].([]any) {
		m.(map[string]any)["revoked"] = "2026-03-01T00:00:00Z"
	}
	w.School.Serve(d)
	var message []byte
	key := noting{w.School.Key(keys.ES256), &message}
	badge := w.School.Badge()
	for name, sign := range map[string]func() string{
		"an SD-JWT": func() string {
			return sdIssue(t, key, badge, sdjwt.Config{Type: sdjwt.TypeVCDM}, "/name")
		},
		"a COSE_Sign1": func() string {
			return base64.RawURLEncoding.EncodeToString(coseBadge(t, key, cose.TypeCredential, cose.Credential, badge.Text()))
		},
		"a derived proof": func() string {
			base, err := ijson.Parse([]byte(prove(t, w.School, dataintegrity.ECDSASD, keys.ES256, badge)), ijson.Bounds{})
			if err != nil {
				t.Fatal(err)
			}
			if message, err = ecdsasd.Message(base); err != nil {
				t.Fatal(err)
			}
			out, err := ecdsasd.Derive(base, []string{"/id", "/type", "/issuer", "/validFrom", "/validUntil", "/name", "/credentialSubject"})
			if err != nil {
				t.Fatal(err)
			}
			return string(out)
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := sign()
			l := &ledger{at: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), found: true}
			v := verifier.New(verifier.Config{Keys: did.New(did.Config{Fetch: w.Web, Clock: w.Clock}), Fetch: w.Web, Trust: w.Trust, Clock: w.Clock, Records: l})
			r := v.Check(t.Context(), verifier.Input{Text: in}, verifier.Policy{})
			look(t, r, ok())
			sum := sha256.Sum256(message)
			if len(l.asked) == 0 || l.asked[0] != w.School.ID+" "+string(sum[:]) || !warned(r, "key.withdrawn") {
				t.Errorf("asked %d times, and not for what was signed\n%s", len(l.asked), summary(r))
			}
		})
	}
}
