package keyring_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/issuer/keyring"
)

const (
	issuerID = "iss_1"
	own      = "did:web:a.example"
)

// table is a database table shared by the processes of a test.
type table struct {
	mu   sync.Mutex
	rows []keyring.Key

	versions []keyring.Version
	events   []event.Event
	reads    int
	fail     error
}

func (s *table) ChangeKeys(_ context.Context, c keyring.Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	rows := slices.Clone(s.rows)
	for _, u := range c.Update {
		i := slices.IndexFunc(rows, func(k keyring.Key) bool { return k.ID == u.Key.ID && k.State == u.Was })
		if i < 0 {
			return fault.New(fault.Conflict, nil, "somebody else was faster")
		}
		rows[i] = u.Key
	}
	rows = append(slices.Clone(c.Insert), rows...)
	seen := map[string]bool{}
	for _, k := range rows {
		one := k.IssuerID + string(k.Alg) + string(k.State)
		if (k.State == keyring.Active || k.State == keyring.Next) && seen[one] {
			return fault.New(fault.Conflict, nil, "two keys for one thing")
		}
		seen[one] = true
	}
	s.rows, s.versions, s.events = rows, append(s.versions, c.Documents...), append(s.events, c.Event)
	return nil
}

func (s *table) Versions(_ context.Context, did string) ([]keyring.Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.versions), func(v keyring.Version) bool { return v.DID != did }), s.fail
}

func (s *table) Keys(_ context.Context, issuerID string) ([]keyring.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.fail != nil {
		return nil, s.fail
	}
	return slices.DeleteFunc(slices.Clone(s.rows), func(k keyring.Key) bool { return issuerID != "" && k.IssuerID != issuerID }), nil
}

// hands is a clock that a test moves.
type hands struct {
	mu sync.Mutex
	t  time.Time
}

func (h *hands) now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.t }
func (h *hands) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.t = h.t.Add(d)
}

// process is one Laurel on a table.
func process(t testing.TB, s *table) (*keyring.Service, *hands) {
	t.Helper()
	h := &hands{t: time.Date(2026, 1, 1, 0, 0, 0, 123, time.UTC)}
	return keyring.New(keyring.Config{Store: s, KEK: kek(), Clock: h.now}), h
}

// kek is the key-encryption key of the tests.
func kek() keys.KEK { return keys.KEK(bytes.Repeat([]byte{7}, 32)) }

func create(t testing.TB, s *keyring.Service, issuerID, id string) []keyring.Key {
	t.Helper()
	made, err := s.Create(t.Context(), issuerID, id)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func signer(t testing.TB, s *keyring.Service, alg keys.Algorithm) keys.Signer {
	t.Helper()
	k, err := s.Signer(t.Context(), issuerID, alg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestCreateMakesWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := &table{}
	ring, _ := process(t, s)
	made := create(t, ring, issuerID, own)
	if len(made) != 3 || len(s.events) != 1 {
		t.Fatalf("%d keys, %d events", len(made), len(s.events))
	}
	e := s.events[0]
	e.ID = ""
	want := event.Event{
		At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Actor: "system", Action: "key.created", IssuerID: issuerID, Subject: issuerID, Detail: "ES256 EdDSA RS256",
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("event, -want +got:\n%s", diff)
	}
	for i, k := range made {
		sum := k.ID[len(k.ID)-16:]
		if k.Alg != keyring.Algorithms()[i] || k.ID != own+"#"+strings.ToLower(string(k.Alg))+"-"+sum || k.State != keyring.Active {
			t.Errorf("%+v", k.ID)
		}
		if bytes.Contains(k.PublicJWK, []byte(`"d"`)) || !bytes.Contains(k.PublicJWK, []byte(k.ID)) {
			t.Errorf("%s", k.PublicJWK)
		}
	}
	if again := create(t, ring, issuerID, own); again != nil || len(s.events) != 1 {
		t.Error("a second Create makes keys")
	}
	s.rows = s.rows[1:]
	if again := create(t, ring, issuerID, own); len(again) != 1 || again[0].Alg != keys.ES256 {
		t.Error("the missing key was not made")
	}
}

func TestSignerSignsWithWhatIsPublished(t *testing.T) {
	t.Parallel()
	ring, _ := process(t, &table{})
	create(t, ring, issuerID, own)
	doc, err := ring.Resolved(t.Context(), own)
	if err != nil {
		t.Fatal(err)
	}
	for _, alg := range keyring.Algorithms() {
		k := signer(t, ring, alg)
		sig, err := k.Sign([]byte("m"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := doc.Find(k.Public().ID)
		if err != nil || m.Key.Verify([]byte("m"), sig) != nil || m.Controller != own || m.Purposes != did.Assertion|did.Authentication {
			t.Errorf("%s: %+v, %v", alg, m, err)
		}
		if signer(t, ring, alg) != k {
			t.Errorf("%s is unsealed twice", alg)
		}
	}
	for _, c := range []struct {
		issuer string
		alg    keys.Algorithm
	}{{"iss_2", keys.ES384}, {"iss_2", keys.ES256}, {"", keys.ES256}, {issuerID, ""}} {
		if _, err := ring.Signer(t.Context(), c.issuer, c.alg); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q %q: %v", c.issuer, c.alg, err)
		}
	}
}

func TestRotationKeepsOldKeysPublishedAndSignsWithNewOnes(t *testing.T) {
	t.Parallel()
	s := &table{}
	ring, h := process(t, s)
	create(t, ring, issuerID, own)
	before := signer(t, ring, keys.ES256)
	old := signer(t, ring, keys.EdDSA)
	sig, _ := before.Sign([]byte("m"))
	h.move(time.Minute)
	made, err := ring.Rotate(t.Context(), keyring.Rotation{IssuerID: issuerID, Pace: keyring.Unannounced, DID: own, Algorithms: []keys.Algorithm{keys.ES256}, Actor: "tok_1"})
	if err != nil || len(made) != 1 {
		t.Fatal(err)
	}
	if e := s.events[1]; e.Action != "key.rotated" || e.Actor != "tok_1" || e.Detail != "ES256" {
		t.Errorf("%+v", e)
	}
	after := signer(t, ring, keys.ES256)
	if after.Public().ID != made[0].ID || after.Public().Equal(before.Public()) {
		t.Error("the old key signs")
	}
	if signer(t, ring, keys.EdDSA) != old {
		t.Error("a key that was not rotated was unsealed again")
	}
	doc, err := ring.Resolved(t.Context(), own)
	if err != nil {
		t.Fatal(err)
	}
	m, err := doc.Find(before.Public().ID)
	if err != nil || m.Key.Verify([]byte("m"), sig) != nil || m.Purposes != did.Assertion {
		t.Errorf("the retired key: %+v, %v", m, err)
	}
	if _, err := ring.Rotate(t.Context(), keyring.Rotation{IssuerID: issuerID, Pace: keyring.Unannounced, DID: own}); err != nil {
		t.Fatal(err)
	}
	all, _ := ring.Keys(t.Context(), issuerID)
	active := 0
	for _, k := range all {
		if k.State == keyring.Active {
			active++
		} else if k.RetiredAt.IsZero() {
			t.Error("retired at no time")
		}
	}
	if len(all) != 7 || active != 3 {
		t.Errorf("%d keys, %d active", len(all), active)
	}
}

func TestAnotherProcessNoticesARotationWithinSeconds(t *testing.T) {
	t.Parallel()
	s := &table{}
	one, _ := process(t, s)
	two, h := process(t, s)
	create(t, one, issuerID, own)
	before := signer(t, two, keys.ES256)
	documents := func() string { b, _ := two.Document(t.Context(), own); return string(b) }
	first := documents()
	made, err := one.Rotate(t.Context(), keyring.Rotation{IssuerID: issuerID, Pace: keyring.Unannounced, DID: own, Algorithms: []keys.Algorithm{keys.ES256}})
	if err != nil {
		t.Fatal(err)
	}
	h.move(time.Second)
	if signer(t, two, keys.ES256) != before || documents() != first {
		t.Error("the store is read more often than needed")
	}
	h.move(time.Second + time.Millisecond)
	if got := signer(t, two, keys.ES256).Public().ID; got != made[0].ID {
		t.Errorf("it signs with %s", got)
	}
	if documents() == first {
		t.Error("it publishes the old document")
	}
}

func TestTheStoreIsNotAskedForEachSignature(t *testing.T) {
	t.Parallel()
	s := &table{}
	ring, _ := process(t, s)
	create(t, ring, issuerID, own)
	signer(t, ring, keys.ES256)
	_, _ = ring.Resolved(t.Context(), own)
	before := s.reads
	for i := range 100 {
		signer(t, ring, keys.ES256)
		if _, err := ring.Resolved(t.Context(), own); err != nil {
			t.Fatal(err)
		}
		for _, foreign := range []string{fmt.Sprintf("did:web:h%d.example", i), "did:web:a.example:issuers:x", "did:key:z6Mk"} {
			if _, found, err := ring.Local(t.Context(), foreign); found || err != nil {
				t.Fatalf("%s: %v, %v", foreign, found, err)
			}
		}
	}
	if s.reads != before {
		t.Errorf("%d reads", s.reads-before)
	}
}

func TestANewIssuerOfAnotherProcessIsFound(t *testing.T) {
	t.Parallel()
	s := &table{}
	one, _ := process(t, s)
	two, h := process(t, s)
	create(t, one, issuerID, own)
	if _, found, _ := two.Local(t.Context(), own); !found {
		t.Error("the first issuer is not found")
	}
	create(t, one, "iss_2", own+":issuers:two")
	h.move(3 * time.Second)
	if d, found, err := two.Local(t.Context(), own+":issuers:two"); !found || d.ID != own+":issuers:two" {
		t.Errorf("the second issuer is not found: %v", err)
	}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	ring, _ := process(t, &table{})
	create(t, ring, issuerID, own)
	create(t, ring, "iss_2", own+":issuers:two")
	raw, err := ring.Document(t.Context(), own)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw, []byte(`issuers:two`)) || bytes.Contains(raw, []byte(`"d":`)) {
		t.Errorf("%s", raw)
	}
	v, err := ijson.Parse(raw, ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Member("@context").Texts(); len(got) != 3 || got[0] != "https://www.w3.org/ns/did/v1" {
		t.Errorf("contexts %v", got)
	}
	methods := map[string]string{}
	for _, m := range v.Member("verificationMethod").Elems() {
		methods[m.Member("id").Text()] = m.Member("type").Text()
		if m.Member("controller").Text() != own {
			t.Errorf("controller of %s", m.Member("id").Text())
		}
	}
	var jwks, multikeys int
	for _, rel := range []string{"assertionMethod", "authentication"} {
		for _, id := range v.Member(rel).Elems() {
			switch methods[id.Text()] {
			case "JsonWebKey":
				jwks++
			case "Multikey":
				multikeys++
			default:
				t.Errorf("%s names %q", rel, id.Text())
			}
			if !strings.HasPrefix(id.Text(), own+"#") {
				t.Errorf("%q is no full URL", id.Text())
			}
		}
	}
	if len(methods) != 5 || jwks != 6 || multikeys != 4 { // RSA has no Multikey
		t.Errorf("%d methods, %d and %d references", len(methods), jwks, multikeys)
	}
	again, _ := ring.Document(t.Context(), own)
	if !bytes.Equal(raw, again) {
		t.Error("the document changes by itself")
	}
	again[0] = 'x'
	if third, _ := ring.Document(t.Context(), own); !bytes.Equal(raw, third) {
		t.Error("a caller can change the document")
	}
	for _, id := range []string{"did:web:b.example", own + ":issuers:none", "", "https://a.example"} {
		if _, err := ring.Document(t.Context(), id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", id, err)
		}
		if _, err := ring.Resolved(t.Context(), id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestKeysOfAnEarlierAddressStayUnderTheirOldIdentity(t *testing.T) {
	t.Parallel()
	ring, _ := process(t, &table{})
	create(t, ring, issuerID, own)
	moved := "did:web:b.example"
	if _, err := ring.Rotate(t.Context(), keyring.Rotation{IssuerID: issuerID, Pace: keyring.Unannounced, DID: moved}); err != nil {
		t.Fatal(err)
	}
	for id, purposes := range map[string]did.Purpose{own: did.Assertion, moved: did.Assertion | did.Authentication} {
		d, err := ring.Resolved(t.Context(), id)
		if err != nil || len(d.Methods) != 5 {
			t.Fatalf("%s: %v", id, err)
		}
		for _, m := range d.Methods {
			if m.Purposes != purposes {
				t.Errorf("%s: %v", m.ID, m.Purposes)
			}
		}
	}
	if got := signer(t, ring, keys.ES256).Public().ID; !strings.HasPrefix(got, moved+"#") {
		t.Errorf("it signs with %s", got)
	}
}

func TestJWKS(t *testing.T) {
	t.Parallel()
	ring, _ := process(t, &table{})
	if raw, err := ring.JWKS(t.Context()); err != nil || string(raw) != `{"keys":[]}` {
		t.Errorf("without keys: %s, %v", raw, err)
	}
	create(t, ring, issuerID, own)
	create(t, ring, "iss_2", own+":issuers:two")
	raw, err := ring.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(raw, &set); err != nil || len(set.Keys) != 10 { // RSA has no second name, as Multikey
		t.Fatalf("%d keys, %v", len(set.Keys), err)
	}
	for _, k := range set.Keys {
		if !k.Valid() || !k.IsPublic() || k.Use != "sig" {
			t.Errorf("%+v", k)
		}
	}
	d, err := did.ParseKeySet(own, raw)
	if err != nil || len(d.Methods) != 5 {
		t.Fatalf("an issuer's own keys: %v, %v", d, err)
	}
	key := signer(t, ring, keys.ES256).Public()
	for _, name := range []string{key.ID, own + "#" + key.Multikey()} {
		if m, err := d.Find(name); err != nil || m.Purposes != did.Assertion || !m.Key.Equal(key) {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

func TestWhatIsNotRotated(t *testing.T) {
	t.Parallel()
	s := &table{}
	ring, _ := process(t, s)
	create(t, ring, issuerID, own)
	for _, c := range []struct {
		name string
		r    keyring.Rotation
		want fault.Kind
	}{
		{"an unknown issuer", keyring.Rotation{IssuerID: "iss_9", DID: own}, fault.NotFound},
		{"no issuer", keyring.Rotation{DID: own, Algorithms: []keys.Algorithm{keys.ES256}}, fault.Invalid},
		{"no identity", keyring.Rotation{IssuerID: issuerID, Pace: keyring.Unannounced}, fault.Invalid},
		{"a DID URL", keyring.Rotation{IssuerID: issuerID, Pace: keyring.Unannounced, DID: own + "#k"}, fault.Invalid},
		{"an algorithm without keys", keyring.Rotation{IssuerID: issuerID, Pace: keyring.Unannounced, DID: own, Algorithms: []keys.Algorithm{keys.ES384}}, fault.Invalid},
		{"none", keyring.Rotation{IssuerID: issuerID, Pace: keyring.Unannounced, DID: own, Algorithms: []keys.Algorithm{"none"}}, fault.Invalid},
		{"twice the same", keyring.Rotation{IssuerID: issuerID, Pace: keyring.Unannounced, DID: own, Algorithms: []keys.Algorithm{keys.ES256, keys.ES256}}, fault.Invalid},
	} {
		if _, err := ring.Rotate(t.Context(), c.r); !fault.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if len(s.rows) != 3 || len(s.events) != 1 {
		t.Errorf("%d keys, %d events", len(s.rows), len(s.events))
	}
}

func TestFailuresOfTheStoreAreNotHidden(t *testing.T) {
	t.Parallel()
	away := errors.New("the database is away")
	s := &table{}
	ring, h := process(t, s)
	create(t, ring, issuerID, own)
	signer(t, ring, keys.ES256)
	s.fail = away
	h.move(time.Hour)
	for name, f := range map[string]func() error{
		"Create": func() error { _, err := ring.Create(t.Context(), "iss_2", own); return err },
		"Rotate": func() error {
			_, err := ring.Rotate(t.Context(), keyring.Rotation{IssuerID: issuerID, Pace: keyring.Unannounced, DID: own})
			return err
		},
		"Signer":   func() error { _, err := ring.Signer(t.Context(), issuerID, keys.ES256); return err },
		"Document": func() error { _, err := ring.Document(t.Context(), own); return err },
		"Local":    func() error { _, _, err := ring.Local(t.Context(), own); return err },
		"JWKS":     func() error { _, err := ring.JWKS(t.Context()); return err },
		"Keys":     func() error { _, err := ring.Keys(t.Context(), ""); return err },
	} {
		if err := f(); !errors.Is(err, away) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.fail = nil
	if signer(t, ring, keys.ES256) == nil {
		t.Error("it does not recover")
	}
}

func TestAnotherKeyEncryptionKeyOpensNothing(t *testing.T) {
	t.Parallel()
	s := &table{}
	ring, _ := process(t, s)
	create(t, ring, issuerID, own)
	other := keyring.New(keyring.Config{Store: s, KEK: keys.KEK(bytes.Repeat([]byte{8}, 32))})
	if _, err := other.Signer(t.Context(), issuerID, keys.ES256); err == nil {
		t.Error("it opens")
	}
	none := keyring.New(keyring.Config{Store: s})
	if _, err := none.Rotate(t.Context(), keyring.Rotation{IssuerID: issuerID, Pace: keyring.Unannounced, DID: own}); err == nil {
		t.Error("keys are sealed under no key")
	}
	s.rows[0].Sealed, s.rows[1].Sealed = s.rows[1].Sealed, s.rows[0].Sealed
	fresh, _ := process(t, s)
	if _, err := fresh.Signer(t.Context(), issuerID, keys.ES256); err == nil {
		t.Error("a key opens under the name of another")
	}
}

func TestW16TheModeOfTheKeyFile(t *testing.T) {
	t.Parallel()
	for mode, ok := range map[fs.FileMode]bool{
		0o600: true, 0o400: false, 0o640: false, 0o604: false, 0o644: false, 0o660: false, 0o700: false, 0o777: false, 0: false,
		fs.ModeDir | 0o600: false, fs.ModeSymlink | 0o600: false, fs.ModeNamedPipe | 0o600: false, fs.ModeSetuid | 0o600: false,
	} {
		if err := keyring.CheckKEKMode(mode); (err == nil) != ok || !ok && !fault.Is(err, fault.Invalid) {
			t.Errorf("%v: %v", mode, err)
		}
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := &table{}
	ring := keyring.New(keyring.Config{Store: s, KEK: kek(), Logger: slog.New(slog.NewJSONHandler(&out, nil))})
	create(t, ring, issuerID, own)
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	delete(line, "time")
	want := map[string]any{"level": "INFO", "msg": "keys changed", "action": "key.created", "issuer_id": issuerID, "detail": "ES256 EdDSA RS256"}
	if diff := cmp.Diff(want, line); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSignersAreUsedByManyAtOnce(t *testing.T) {
	t.Parallel()
	s := &table{}
	ring, h := process(t, s)
	create(t, ring, issuerID, own)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				h.move(time.Second)
				k, err := ring.Signer(t.Context(), issuerID, keys.EdDSA)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := k.Sign([]byte("m")); err != nil {
					t.Error(err)
				}
				if _, err := ring.Resolved(t.Context(), own); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 3 {
		if _, err := ring.Rotate(t.Context(), keyring.Rotation{IssuerID: issuerID, Pace: keyring.Unannounced, DID: own, Algorithms: []keys.Algorithm{keys.EdDSA}}); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
}

func ExampleService() {
	ctx := context.Background()
	ring := keyring.New(keyring.Config{}) // keys in memory
	if _, err := ring.Create(ctx, "iss_1", "did:web:school.example"); err != nil {
		fmt.Println(err)
		return
	}
	signer, err := ring.Signer(ctx, "iss_1", keys.ES256)
	if err != nil {
		fmt.Println(err)
		return
	}
	signature, err := signer.Sign([]byte("header.payload"))
	fmt.Println(len(signature), err)
	// Output: 64 <nil>
}

func BenchmarkSigner(b *testing.B) {
	ring, _ := process(b, &table{})
	if _, err := ring.Create(context.Background(), issuerID, own); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.Signer(context.Background(), issuerID, keys.EdDSA); err != nil {
			b.Fatal(err)
		}
	}
}

// A key for P-384 is made when something is first to be signed with it, once, and is published like the others.
func TestAKeyOnDemand(t *testing.T) {
	t.Parallel()
	s := &table{}
	ring, _ := process(t, s)
	create(t, ring, issuerID, own)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := ring.Signer(t.Context(), issuerID, keys.ES384); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(s.rows) != 4 || len(s.events) != 2 {
		t.Fatalf("%d keys, %d events", len(s.rows), len(s.events))
	}
	k := signer(t, ring, keys.ES384)
	doc, err := ring.Resolved(t.Context(), own)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{k.Public().ID, own + "#" + k.Public().Multikey()} {
		if m, err := doc.Find(name); err != nil || !m.Key.Equal(k.Public()) || m.Purposes&did.Assertion == 0 {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
	made, err := ring.Rotate(t.Context(), keyring.Rotation{IssuerID: issuerID, Pace: keyring.Unannounced, DID: own})
	if err != nil || len(made) != 4 {
		t.Errorf("a rotation of all replaces %d keys: %v", len(made), err)
	}
}
