package offline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/offline"
	"github.com/openlaurel/laurel/verifier/trust"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

const listURL = "https://school.example/status/1"

// world is a school with a status list, a badge whose entry is that number, and a pack of all that a verifier with a network saw.
func world(t *testing.T) (*verifiertest.World, func(index string) string, offline.Pack) {
	t.Helper()
	w := verifiertest.NewWorld(t)
	l := verifiertest.StatusList{URL: listURL, Purpose: "revocation", Set: []int{7}, From: w.Clock().Add(-time.Hour), Until: w.Clock().Add(24 * time.Hour)}
	w.School.PublishList(t, keys.EdDSA, l)
	badge := func(index string) string {
		return w.School.VCJWT(keys.EdDSA, w.School.Badge().With("/credentialStatus", verifiertest.Entry(listURL, "revocation", index)))
	}
	doc, err := w.Web.Get(t.Context(), "https://school.example/.well-known/did.json", "application/did+json")
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.Web.Get(t.Context(), listURL, verifier.AcceptStatusList)
	if err != nil {
		t.Fatal(err)
	}
	return w, badge, offline.Pack{
		AsOf: w.Clock(), Trust: []trust.Entry{{ID: w.School.ID, Own: true}}, Identities: map[string]json.RawMessage{w.School.ID: doc.Body},
		Documents: []offline.Document{{URL: listURL, Type: list.ContentType, Body: list.Body, At: w.Clock()}},
	}
}

// TestAPackJudgesWhatItKnowsAndNothingElse is row R16: without the issuers, nothing is valid past the end of its list.
func TestAPackJudgesWhatItKnowsAndNothingElse(t *testing.T) {
	w, badge, pack := world(t)
	bare := pack
	bare.Documents = nil
	nobody := pack
	nobody.Trust = nil
	keyless := pack
	keyless.Identities = nil
	stranger := w.Stranger.VCJWT(keys.ES256, w.Stranger.Badge())
	for _, row := range []struct {
		name    string
		pack    offline.Pack
		text    string
		later   time.Duration
		verdict verifier.Verdict
		check   verifier.CheckID
		outcome verifier.Outcome
		code    string
	}{
		{"a badge of somebody known", pack, badge("5"), 0, verifier.Valid, verifier.CheckStatus, verifier.Pass, "status.clear"},
		{"a revoked one", pack, badge("7"), 0, verifier.Invalid, verifier.CheckStatus, verifier.Fail, "status.revoked"},
		{"with a changed letter", pack, badge("5")[:len(badge("5"))-6] + "AAAAAA", 0, verifier.Invalid, verifier.CheckProof, verifier.Fail, "jose.signature"},
		{"a list that is not in the pack", bare, badge("5"), 0, verifier.Undecided, verifier.CheckStatus, verifier.Unknown, "STATUS_RETRIEVAL_ERROR"},
		{"a list that is out of date", pack, badge("5"), 25 * time.Hour, verifier.Undecided, verifier.CheckStatus, verifier.Unknown, "status.stale"},
		{"an issuer whom nobody knows", pack, stranger, 0, verifier.Undecided, verifier.CheckBinding, verifier.Unknown, "fetch.offline"},
		{"a pack that trusts nobody", nobody, badge("5"), 0, verifier.Undecided, verifier.CheckTrust, verifier.Unknown, "trust.unknown_issuer"},
		{"a pack without keys", keyless, badge("5"), 0, verifier.Undecided, verifier.CheckBinding, verifier.Unknown, "fetch.offline"},
		{"a link", pack, "https://school.example/c/1", 0, verifier.Undecided, verifier.CheckForm, verifier.Unknown, "fetch.offline"},
	} {
		t.Run(row.name, func(t *testing.T) {
			text, err := json.Marshal(row.pack)
			if err != nil {
				t.Fatal(err)
			}
			read, err := offline.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			v, err := read.Verifier(func() time.Time { return w.Clock().Add(row.later) })
			if err != nil {
				t.Fatal(err)
			}
			r := v.Check(t.Context(), verifier.Input{Text: row.text}, verifier.Policy{})
			if c := r.Check(row.check); r.Verdict != row.verdict || c.Outcome != row.outcome || c.Code != row.code {
				t.Errorf("%s, %+v", r.Verdict, r.Checks)
			}
		})
	}
}

func TestAPackThatIsNoneIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "no JSON": "<html>", "no date": "{}", "a list": "[]", "endless": `{"as_of":"2026-01-01T00:00:00Z","x":"` + strings.Repeat("a", limits.PackBytes) + `"}`,
	} {
		if _, err := offline.Parse([]byte(text)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	at := time.Unix(1, 0)
	for name, p := range map[string]offline.Pack{
		"an entry without an id":             {AsOf: at, Trust: []trust.Entry{{Name: "x"}}},
		"keys that are no document":          {AsOf: at, Identities: map[string]json.RawMessage{"did:web:a.example": []byte(`[]`)}},
		"another identity's keys under this": {AsOf: at, Identities: map[string]json.RawMessage{"did:web:a.example": []byte(`{"id":"did:web:b.example"}`)}},
	} {
		if _, err := p.Verifier(nil); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// answers gives every address the same answer.
type answers struct{ body []byte }

func (a answers) Get(_ context.Context, url, _ string) (*fetch.Response, error) {
	return &fetch.Response{URL: url, Status: 200, ContentType: "x/y", Body: a.body}, nil
}

func TestARecorderKeepsTablesOfKnownHostsAndNoBadge(t *testing.T) {
	r := offline.NewRecorder(answers{[]byte("body")}, func() time.Time { return time.Unix(9, 0) })
	for url, accept := range map[string]string{
		"https://a.example/.well-known/did.json": "application/did+json, application/json;q=0.9", "https://a.example/status/1": verifier.AcceptStatusList,
		"https://a.example/c/1": "application/vc+jwt, application/jwt;q=0.95", "https://b.example/status/1": verifier.AcceptStatusList,
	} {
		for range 2 {
			if _, err := r.Get(t.Context(), url, accept); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := r.Of(func(host string) bool { return host == "a.example" })
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	for _, d := range got {
		if strings.Contains(d.URL, "/c/") || !bytes.Equal(d.Body, []byte("body")) || !d.At.Equal(time.Unix(9, 0)) {
			t.Errorf("%+v", d)
		}
	}
}

func TestARecorderStaysBounded(t *testing.T) {
	all := func(string) bool { return true }
	r := offline.NewRecorder(answers{make([]byte, limits.PackDocument+1)}, nil)
	if _, err := r.Get(t.Context(), "https://a.example/1", verifier.AcceptStatusList); err != nil || len(r.Of(all)) != 0 {
		t.Errorf("too large a document is kept: %v", err)
	}
	r = offline.NewRecorder(answers{make([]byte, limits.PackDocument)}, nil)
	for i := range limits.PackDocuments + 9 {
		if _, err := r.Get(t.Context(), fmt.Sprintf("https://a.example/%d", i), verifier.AcceptStatusList); err != nil {
			t.Fatal(err)
		}
	}
	got, bytes := r.Of(all), 0
	for _, d := range got {
		bytes += len(d.Body)
	}
	if len(got) == 0 || len(got) > limits.PackDocuments || bytes > limits.PackBytes/2 || got[0].URL != fmt.Sprintf("https://a.example/%d", limits.PackDocuments+8) {
		t.Errorf("%d documents of %d bytes", len(got), bytes)
	}
}

func ExampleParse() {
	p, err := offline.Parse([]byte(`{"as_of":"2026-11-24T09:30:00Z"}`))
	fmt.Println(p.AsOf.Year(), len(p.Trust), err)
	// Output: 2026 0 <nil>
}
