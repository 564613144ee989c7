package main

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/issuance"
	"github.com/openlaurel/laurel/issuer/signlog"
)

// examined runs what "laurel log verify" runs.
func examined(t *testing.T, a *app) signlog.Report {
	t.Helper()
	r, err := a.signlog.Verify(t.Context(), a.stored)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// signedInEveryWay is a deployment with everything that a key of an issuer ever signs as a credential, and how many of each.
func signedInEveryWay(t *testing.T) (a *app, credentials, statements int64) {
	t.Helper()
	a, award := awarded(t)
	credentials = 1
	wallet, err := keys.Generate(keys.ES256, nil)
	if err != nil {
		t.Fatal(err)
	}
	key := wallet.Public()
	did := issuerDID(t, a)
	for _, as := range issuer.Choices() {
		for _, as.Holder = range []issuer.Holder{{}, {Key: &key}} {
			c, err := a.awards.IssueAs(t.Context(), award.ID, as, "test")
			if err != nil {
				t.Fatalf("%s: %v", as, err)
			}
			if c.ID != award.Credentials[0].ID {
				credentials++
			}
		}
		as.Holder = issuer.Holder{}
		for what, f := range map[string]func() error{
			"record": func() error {
				_, _, err := a.awards.Record(t.Context(), issuer.RecordRequest{Recipient: issuer.Recipient{Email: "ana@example.org"}, Name: "Transcript", As: as})
				return err
			},
			"endorsement": func() error {
				_, _, err := a.awards.Endorse(t.Context(), issuer.EndorseRequest{Achievement: "first-aid", Comment: "It is good.", As: as})
				return err
			},
			"written": func() error {
				doc, err := ijson.Parse([]byte(document(did, "")), ijson.Bounds{})
				if err != nil {
					return err
				}
				_, _, err = a.awards.Write(t.Context(), issuer.WriteRequest{Document: doc, As: as})
				return err
			},
		} {
			switch err := f(); {
			case err == nil:
				statements++
			case !strings.Contains(err.Error(), "form"): // records and endorsements are shown whole, platforms get few forms
				t.Fatalf("%s as %s: %v", what, as, err)
			}
		}
	}
	return a, credentials, statements
}

// The log covers whatever is signed as a credential: awards in every form, bound to a wallet or not, records, endorsements,
// and what platforms wrote. What was signed anew is left over in it, and says so.
func TestTheLogKnowsEverythingThatIsSigned(t *testing.T) {
	a, credentials, statements := signedInEveryWay(t)
	if credentials < 40 || statements < 30 {
		t.Fatalf("only %d credentials and %d statements", credentials, statements)
	}
	if r := examined(t, a); r.Credentials != credentials || r.Statements != statements || r.Unstored != 0 || r.Older != 0 || len(r.Faults) != 0 {
		t.Fatalf("%d credentials, %d statements: %+v", credentials, statements, r)
	}
	second := awardTo(t, a)
	apply(t, a, second.ID, issuer.Step{Action: issuer.Suspend, Reason: "looked into"})
	apply(t, a, second.ID, issuer.Step{Action: issuer.Reinstate})
	r := examined(t, a)
	if r.Credentials != credentials+1 || r.Unstored != 1 || len(r.Left) != 1 || len(r.Faults) != 0 {
		t.Fatalf("after one was signed anew: %+v", r)
	}
	if k, err := a.keys.Current(t.Context(), second.IssuerID, keys.ES256); err != nil || r.Left[0].Key != k.ID || r.Left[0].Seq < r.Entries-10 {
		t.Errorf("%+v by %s, %v", r.Left, k.ID, err)
	}
}

// Whatever is stored and was not recorded, or was recorded as something else, is named.
func TestWhatWasSignedOutsideOfTheLogIsNamed(t *testing.T) {
	a, award := awarded(t)
	x, _, err := a.awards.Endorse(t.Context(), issuer.EndorseRequest{Achievement: "first-aid", Comment: "It is good."})
	if err != nil {
		t.Fatal(err)
	}
	forged := x
	forged.ID, forged.ExternalID, forged.StatusIndex = "end_aaaaaaaaaaaaaaaaaaaaaaaaaa", "", 130_000
	forged.Signed = append([]byte("e"), x.Signed...)
	if err := a.store.InsertStatement(t.Context(), forged, eventOf(t, "endorsement.created")); err != nil {
		t.Fatal(err)
	}
	otherUse := award.Credentials[0]
	otherUse.ID, otherUse.Holder, otherUse.StatusIndex = "aaaaaaaaaaaaaaaaaaaaaaaaaa", "did:example:x", 130_001
	otherUse.Signed = append([]byte("f"), otherUse.Signed...)
	message, err := issuance.Message(otherUse.Form, otherUse.Cryptosuite, otherUse.Signed)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(message)
	if err := a.store.Record(t.Context(), signlog.Intent{IssuerID: award.IssuerID, Key: otherUse.KeyID, Purpose: signlog.StatusList, Digest: sum[:], At: award.CreatedAt}); err != nil {
		t.Fatal(err)
	}
	if err := a.store.InsertCredential(t.Context(), otherUse, eventOf(t, "credential.issued")); err != nil {
		t.Fatal(err)
	}
	r := examined(t, a)
	all := strings.Join(r.Faults, "\n")
	if len(r.Faults) != 2 || !strings.Contains(all, "statement "+forged.ID+" was signed outside of the log") ||
		!strings.Contains(all, "credential "+otherUse.ID+" is recorded in entry") {
		t.Errorf("%+v", r)
	}
}

// issuerDID is the identity of the deployment's one issuer.
func issuerDID(t *testing.T, a *app) string {
	t.Helper()
	i, err := a.catalog.Issuer(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return i.DID
}

// eventOf makes an event.
func eventOf(t *testing.T, action string) event.Event {
	t.Helper()
	return event.Event{ID: "evt_" + strings.Repeat("a", 25) + action[:1], At: time.Now(), Actor: "test", Action: action}
}
