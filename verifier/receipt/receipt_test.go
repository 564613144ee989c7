package receipt_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/jose"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/receipt"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// shelf keeps receipts in memory.
type shelf struct {
	mu   sync.Mutex
	kept map[string]receipt.Stored
}

func (s *shelf) InsertReceipt(_ context.Context, r receipt.Stored, _ int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[string(r.Hash)] = r
	return nil
}

func (s *shelf) Receipt(_ context.Context, hash []byte) (receipt.Stored, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.kept[string(hash)]
	if !ok {
		return r, fault.New(fault.NotFound, nil, "none")
	}
	return r, nil
}

func (s *shelf) SweepReceipts(context.Context, time.Time) error { return nil }

// host signs receipts with the key of an issuer.
type host struct{ *verifiertest.Issuer }

func (h host) ReceiptKey(context.Context) (keys.Signer, string, error) {
	return h.Key(keys.ES256), h.ID, nil
}

type room struct {
	world    *verifiertest.World
	shelf    *shelf
	service  *receipt.Service
	resolver *did.Resolver
}

func newRoom(t *testing.T) room {
	t.Helper()
	w, s := verifiertest.NewWorld(t), &shelf{kept: map[string]receipt.Stored{}}
	return room{w, s, receipt.New(receipt.Config{Store: s, Keys: host{w.School}, Secret: []byte("secret"), Clock: w.Clock}),
		did.New(did.Config{Fetch: w.Web, Clock: w.Clock})}
}

func (r room) check(t *testing.T, text string) verifier.Result {
	t.Helper()
	return r.world.Verifier().Check(t.Context(), verifier.Input{Text: text}, verifier.Policy{})
}

func TestAReceiptSaysWhatWasFoundAndNothingOfThePerson(t *testing.T) {
	r := newRoom(t)
	badge := r.world.School.VCJWT(keys.ES256, r.world.School.Badge().With("/credentialSubject/name", "Amina Otieno"))
	result := r.check(t, badge)
	draft, err := r.service.Draft(result, verifier.Policy{})
	if err != nil || draft == "" {
		t.Fatal(draft, err)
	}
	for detail, told := range map[receipt.Detail]bool{receipt.Plain: false, receipt.Names: true, "": false, "all": false} {
		saved, err := r.service.Save(t.Context(), draft, detail)
		if err != nil {
			t.Fatal(err)
		}
		payload, _ := base64.RawURLEncoding.DecodeString(strings.Split(string(saved.JWS), ".")[1])
		for _, private := range []string{result.Achievement.Name, result.ID, "Amina Otieno", result.Checks[1].Detail} {
			if private == "" || strings.Contains(string(payload), private) != (told && private != result.Checks[1].Detail) {
				t.Errorf("%q: %q told is %v: %s", detail, private, !told, payload)
			}
		}
		read, err := receipt.Read(saved.JWS)
		if err != nil {
			t.Fatal(err)
		}
		if err := read.Verify(t.Context(), r.resolver); err != nil {
			t.Error(err)
		}
		got := read.Receipt
		if got.Verdict != string(result.Verdict) || got.SHA256 != result.SHA256 || len(got.Checks) != len(result.Checks) || got.Issuer != r.world.School.ID ||
			!got.CheckedAt.Equal(result.CheckedAt) || got.Badge.Domain != "school.example" || got.Policy.Name != "default" {
			t.Errorf("%+v", got)
		}
		seen, err := r.service.See(t.Context(), saved.Code)
		if err != nil || string(seen.JWS) != string(saved.JWS) {
			t.Error(err)
		}
		if d := cmp.Diff(saved.Receipt, seen.Receipt); d != "" {
			t.Error(d)
		}
	}
}

func TestADigestIsThatOfTheExactBytes(t *testing.T) {
	r := newRoom(t)
	badge := r.world.School.VCJWT(keys.ES256, r.world.School.Badge())
	a, b := r.check(t, badge), r.check(t, badge+"\n")
	changed := r.check(t, badge[:len(badge)-4]+"AAAA")
	if a.SHA256 == "" || a.SHA256 != b.SHA256 || a.SHA256 == changed.SHA256 {
		t.Errorf("%s %s %s", a.SHA256, b.SHA256, changed.SHA256)
	}
	none := r.check(t, "I have a certificate")
	if _, ok := receipt.Of(none, verifier.Policy{}); ok || none.SHA256 != "" {
		t.Errorf("a receipt about nothing: %+v", none)
	}
	if _, err := r.service.Make(t.Context(), none, verifier.Policy{}, receipt.Plain); fault.Describe(err).Code != "receipt.nothing" {
		t.Error(err)
	}
	if draft, err := r.service.Draft(none, verifier.Policy{}); draft != "" || err != nil {
		t.Errorf("%q %v", draft, err)
	}
}

func TestOnlyOurOwnDraftOfThisHourIsSaved(t *testing.T) {
	r := newRoom(t)
	draft, err := r.service.Draft(r.check(t, r.world.School.VCJWT(keys.ES256, r.world.School.Badge())), verifier.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	body, seal, _ := strings.Cut(draft, ".")
	forged := base64.RawURLEncoding.EncodeToString([]byte(`{"until":99999999999,"receipt":{"verdict":"valid"}}`))
	other := receipt.New(receipt.Config{Store: r.shelf, Keys: host{r.world.School}, Secret: []byte("other"), Clock: r.world.Clock})
	foreign, err := other.Draft(r.check(t, r.world.School.VCJWT(keys.ES256, r.world.School.Badge())), verifier.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing": "", "no seal": body, "an empty seal": body + ".", "another body": forged + "." + seal, "a seal that is no base64": body + ".=", "more behind it": draft + "AA",
		"of another deployment": foreign, "a body that is no base64": "!." + seal, "endless": strings.Repeat("A", 1<<20) + "." + seal,
	} {
		if _, err := r.service.Save(t.Context(), text, receipt.Plain); fault.Describe(err).Code != "receipt.draft" || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(r.shelf.kept) != 0 {
		t.Errorf("%d were stored", len(r.shelf.kept))
	}
	r.world.Pass(limits.ReceiptDraft)
	if _, err := r.service.Save(t.Context(), draft, receipt.Plain); err != nil {
		t.Errorf("at the end of its hour: %v", err)
	}
	r.world.Pass(time.Second)
	if _, err := r.service.Save(t.Context(), draft, receipt.Plain); fault.Describe(err).Code != "receipt.draft" {
		t.Errorf("after its hour: %v", err)
	}
}

func TestAReceiptIsSeenUnderItsCodeUntilItEnds(t *testing.T) {
	r := newRoom(t)
	saved, err := r.service.Make(t.Context(), r.check(t, r.world.School.VCJWT(keys.ES256, r.world.School.Badge())), verifier.Policy{}, receipt.Plain)
	if err != nil {
		t.Fatal(err)
	}
	for hash := range r.shelf.kept {
		if strings.Contains(hash, saved.Code) {
			t.Error("the code is stored")
		}
	}
	for _, code := range []string{"", "x", strings.Repeat("a", 26), strings.ToUpper(saved.Code), saved.Code + "a"} {
		if _, err := r.service.See(t.Context(), code); fault.Describe(err).Code != "receipt.unknown" {
			t.Errorf("%q: %v", code, err)
		}
	}
	r.world.Pass(limits.ReceiptLife - time.Second)
	if _, err := r.service.See(t.Context(), saved.Code); err != nil {
		t.Error(err)
	}
	r.world.Pass(time.Second)
	if _, err := r.service.See(t.Context(), saved.Code); !fault.Is(err, fault.NotFound) {
		t.Errorf("after its end: %v", err)
	}
}

func TestAReceiptThatIsNotGenuineIsRefused(t *testing.T) {
	r := newRoom(t)
	good, err := r.service.Make(t.Context(), r.check(t, r.world.School.VCJWT(keys.ES256, r.world.School.Badge())), verifier.Policy{}, receipt.Plain)
	if err != nil {
		t.Fatal(err)
	}
	signed := func(i *verifiertest.Issuer, typ string, change func(map[string]any)) string {
		m := map[string]any{}
		payload, _ := base64.RawURLEncoding.DecodeString(strings.Split(string(good.JWS), ".")[1])
		if err := json.Unmarshal(payload, &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		payload, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		token, err := jose.NewTokenSigner(typ, i.Key(keys.ES256))
		if err != nil {
			t.Fatal(err)
		}
		out, err := token.Sign(payload)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	same := func(map[string]any) {}
	jws := string(good.JWS)
	for name, row := range map[string]struct{ text, code string }{
		"a stranger in the name of the school": {signed(r.world.Stranger, receipt.Type, same), "key.not_bound_to_issuer"},
		"another verdict under the signature":  {jws[:strings.Index(jws, ".")] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"did:web:school.example","jti":"a","iat":1,"checked_at":"2026-01-01T00:00:00Z","sha256":"`+strings.Repeat("a", 64)+`","form":"f","verdict":"valid","checks":[{"id":"a","outcome":"pass","code":"c"}],"policy":{"name":"default"},"badge":{}}`)) + jws[strings.LastIndex(jws, "."):], "jose.signature"},
		"a credential":                         {r.world.School.VCJWT(keys.ES256, r.world.School.Badge()), "receipt.type"},
		"without checks":                       {signed(r.world.School, receipt.Type, func(m map[string]any) { delete(m, "checks") }), "receipt.malformed"},
		"without a digest":                     {signed(r.world.School, receipt.Type, func(m map[string]any) { m["sha256"] = "" }), "receipt.malformed"},
		"a verdict that is no text":            {signed(r.world.School, receipt.Type, func(m map[string]any) { m["verdict"] = 1 }), "receipt.malformed"},
		"no JWS":                               {"hello", "jose.structure"},
		"endless":                              {strings.Repeat("e", 3*limits.ReceiptBytes), "limits.size"},
	} {
		read, err := receipt.Read([]byte(row.text))
		if err == nil {
			err = read.Verify(t.Context(), r.resolver)
		}
		var d *fault.Defect
		if !errors.As(err, &d) || d.Code != row.code {
			t.Errorf("%s: %v, want %s", name, err, row.code)
		}
	}
	r.world.Web.Fail("https://school.example/.well-known/did.json", "fetch.timeout")
	read, err := receipt.Read(good.JWS)
	if err != nil {
		t.Fatal(err)
	}
	var d *fault.Defect
	if err := read.Verify(t.Context(), did.New(did.Config{Fetch: r.world.Web, Clock: r.world.Clock})); !errors.As(err, &d) || !d.Unknown {
		t.Errorf("when its keys cannot be had: %v", err)
	}
}

// TestAReceiptIsNoBadge: what a verifier signed of others does not pass as a credential of that verifier.
func TestAReceiptIsNoBadge(t *testing.T) {
	r := newRoom(t)
	saved, err := r.service.Make(t.Context(), r.check(t, r.world.School.VCJWT(keys.ES256, r.world.School.Badge())), verifier.Policy{}, receipt.Names)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.check(t, string(saved.JWS)); got.Verdict != verifier.Invalid || got.Check(verifier.CheckForm).Outcome != verifier.Fail {
		t.Errorf("%+v", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("eyJhbGciOiJFUzI1NiJ9.e30.AAAA"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := receipt.Read(data)
		var d *fault.Defect
		if err != nil && !errors.As(err, &d) {
			t.Fatalf("%v is no defect", err)
		}
		if err == nil && (read.Receipt.Verdict == "" || len(read.Receipt.Checks) == 0) {
			t.Fatalf("%+v", read.Receipt)
		}
	})
}

func ExampleRead() {
	_, err := receipt.Read([]byte("no receipt"))
	fmt.Println(fault.AsDefect(err).Code)
	// Output: jose.structure
}
