package verifier_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/cbor"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/status"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

func number(n int) []byte    { return cbor.AppendInt(nil, n) }
func words(s string) []byte  { return cbor.AppendText(nil, s) }
func tagged(s string) string { return "\xd8\x3d" + s }

// TestTokenStatusListsAsCWT is TestTokenStatusLists for the CWT form: the same rules and codes.
func TestTokenStatusListsAsCWT(t *testing.T) {
	lists := func(change func(*verifiertest.TokenList)) func(*testing.T, *verifiertest.World) string {
		return func(t *testing.T, w *verifiertest.World) string {
			l := tokenList()
			change(&l)
			return verifiertest.StatusCWT(t, w.School.Key(keys.ES256), w.School.TokenCWT(t, l).Bytes())
		}
	}
	claims := func(change func(verifiertest.CWT) verifiertest.CWT) func(*testing.T, *verifiertest.World) string {
		return func(t *testing.T, w *verifiertest.World) string {
			return verifiertest.StatusCWT(t, w.School.Key(keys.EdDSA), change(w.School.TokenCWT(t, tokenList())).Bytes())
		}
	}
	without := func(claim int) func(*testing.T, *verifiertest.World) string {
		return claims(func(c verifiertest.CWT) verifiertest.CWT { return c.Without(claim) })
	}
	with := func(claim int, value []byte) func(*testing.T, *verifiertest.World) string {
		return claims(func(c verifiertest.CWT) verifiertest.CWT { return c.With(claim, value) })
	}
	by := func(key func(*verifiertest.World) keys.Signer, claim ...any) func(*testing.T, *verifiertest.World) string {
		return func(t *testing.T, w *verifiertest.World) string {
			c := w.School.TokenCWT(t, tokenList())
			for _, id := range claim {
				c = c.With(1, words(id.(string)))
			}
			return verifiertest.StatusCWT(t, key(w), c.Bytes())
		}
	}
	same := func(*verifiertest.TokenList) {}
	now := verifiertest.Now()
	for _, row := range []struct {
		name  string
		idx   int
		serve func(*testing.T, *verifiertest.World) string
		want  want
	}{
		{"value 0 is valid, the accepted twin", 5, lists(same), clear()},
		{"value 1 is revoked", 7, lists(same), revoked()},
		{"value 2 is suspended", 8, lists(same), refused(verifier.CheckStatus, "status.suspended")},
		{"value 3 has no meaning that is known", 9, lists(same), unknown("status.flag")},
		{"behind the tag of CWT", 7, func(t *testing.T, w *verifiertest.World) string { return tagged(lists(same)(t, w)) }, revoked()},
		{"S13 the least significant bits come first", 0, lists(func(l *verifiertest.TokenList) { l.Bits, l.Values = 1, map[int]int{0: 1} }), revoked()},
		{"S13 and the mirror is clear", 7, lists(func(l *verifiertest.TokenList) { l.Bits, l.Values = 1, map[int]int{0: 1} }), clear()},
		{"a list of a million entries", 900_000, lists(func(l *verifiertest.TokenList) { l.Size, l.Values = 1<<20, map[int]int{900_000: 1} }), revoked()},
		{"entries of three bits", 5, with(65533, verifiertest.StatusMap(3, packed(t, 2))), unknown("status.token_bits")},
		{"entries of a negative number of bits", 5, with(65533, verifiertest.StatusMap(-1, packed(t, 2))), unknown("status.token_bits")},
		{"entries whose size is not said", 5, with(65533, cbor.AppendBytes(cbor.AppendText(cbor.AppendMap(nil, 1), "lst"), packed(t, 2))), unknown("status.token_bits")},
		{"no list in the token", 5, without(65533), unknown("status.token_bits")},
		{"a list that is not compressed", 5, with(65533, verifiertest.StatusMap(2, []byte("AAAA"))), unknown("MALFORMED_VALUE_ERROR")},
		{"the list as a text", 5, with(65533, cbor.AppendText(cbor.AppendText(append(cbor.AppendText(cbor.AppendMap(nil, 2), "bits"), 2), "lst"), "eJwD")), unknown("MALFORMED_VALUE_ERROR")},
		{"an index beyond the list", 131_072, lists(same), unknown("RANGE_ERROR")},
		{"S03 a byte behind it", 5, func(t *testing.T, w *verifiertest.World) string { return lists(same)(t, w) + "\x00" }, unknown("status.malformed_list")},
		{"S03 half of it", 5, func(t *testing.T, w *verifiertest.World) string { return lists(same)(t, w)[:40] }, unknown("status.malformed_list")},
		{"S03 the tag of CWT twice", 5, func(t *testing.T, w *verifiertest.World) string { return tagged(tagged(lists(same)(t, w))) }, unknown("status.malformed_list")},
		{"S03 a token of another kind", 5, func(t *testing.T, w *verifiertest.World) string {
			return verifiertest.SignCWT(t, w.School.Key(keys.ES256), "application/cwt", w.School.TokenCWT(t, tokenList()).Bytes())
		}, unknown("status.type")},
		{"S03 the type of the JWT form", 5, func(t *testing.T, w *verifiertest.World) string {
			return verifiertest.SignCWT(t, w.School.Key(keys.ES256), "statuslist+jwt", w.School.TokenCWT(t, tokenList()).Bytes())
		}, unknown("status.type")},
		{"S03 the claims of the JWT form", 5, func(t *testing.T, w *verifiertest.World) string {
			return verifiertest.StatusCWT(t, w.School.Key(keys.ES256), []byte(w.School.TokenClaims(t, tokenList()).Text()))
		}, unknown("status.malformed_list")},
		{"S03 no claims", 5, func(t *testing.T, w *verifiertest.World) string {
			return verifiertest.StatusCWT(t, w.School.Key(keys.ES256), number(5))
		}, unknown("status.malformed_list")},
		{"S03 by a stranger under the school's key id", 5, by(func(w *verifiertest.World) keys.Signer {
			return w.Stranger.Key(keys.ES256).WithID(w.School.KeyID(keys.ES256))
		}), unknown("status.list_unproven")},
		{"S03 by a key of somebody else", 5, by(func(w *verifiertest.World) keys.Signer { return w.Stranger.Key(keys.ES256) }), unknown("status.list_unproven")},
		{"S03 in the name of somebody else", 5, by(func(w *verifiertest.World) keys.Signer { return w.Stranger.Key(keys.ES256) }, "did:web:stranger.example"), unknown("status.issuer_mismatch")},
		{"an iss that is no text", 5, with(1, number(7)), unknown("status.issuer_mismatch")},
		{"an iss that is the issuer, the accepted twin", 5, with(1, words("did:web:school.example")), clear()},
		{"S04 the list of another address", 5, lists(func(l *verifiertest.TokenList) { l.URL += "7" }), unknown("status.id_mismatch")},
		{"S04 a list of no address", 5, without(2), unknown("status.id_mismatch")},
		{"S06 a list that has ended", 5, lists(func(l *verifiertest.TokenList) { l.From, l.Until = now.Add(-time.Hour), now }), unknown("status.stale")},
		{"S06 a list that ends in a second, the accepted twin", 5, lists(func(l *verifiertest.TokenList) { l.From, l.Until = now.Add(-time.Hour), now.Add(time.Second) }), clear()},
		{"S06 a list of the future", 5, lists(func(l *verifiertest.TokenList) { l.From = now.Add(time.Hour) }), unknown("status.stale")},
		{"S06 an old list without an end", 5, lists(func(l *verifiertest.TokenList) { l.From = now.Add(-31 * 24 * time.Hour) }), unknown("status.stale")},
		{"S06 a list without a date", 5, without(6), unknown("status.stale")},
		{"S06 a date before 1970", 5, with(6, number(-1)), unknown("status.stale")},
		{"S06 a date as text", 5, with(6, words("1781524800")), unknown("status.stale")},
		{"S06 an end that is no date", 5, with(4, words("never")), unknown("status.stale")},
		{"S06 an end after the year 9999", 5, with(4, number(253402300800)), unknown("status.stale")},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			w.Web.Put(tokensURL, "application/statuslist+cwt", row.serve(t, w))
			look(t, check(t, w, tokenBadge(w, row.idx)), row.want)
			if n := w.Web.Count(w.Stranger.KeysURL()); n != 0 {
				t.Errorf("%d requests for the keys of a stranger", n)
			}
		})
	}
}

// TestTheFormsOfAListAreOneList: what was seen in one encoding is remembered in the other (threat S07), and its ttl counts.
func TestTheFormsOfAListAreOneList(t *testing.T) {
	w := verifiertest.NewWorld(t)
	w.Memory = &keptMemory{newest: map[string]time.Time{}, revoked: map[string]bool{}}
	serve := func(from time.Time, values map[int]int) {
		l := tokenList()
		l.From, l.Values = from, values
		w.Web.Put(tokensURL, "", verifiertest.StatusCWT(t, w.School.Key(keys.ES256), w.School.TokenCWT(t, l).With(65534, number(600)).Bytes()))
	}
	w.School.PublishTokens(t, keys.EdDSA, tokenList())
	look(t, check(t, w, tokenBadge(w, 7)), revoked())
	serve(verifiertest.Now().Add(-time.Hour), nil)
	look(t, check(t, w, tokenBadge(w, 5)), unknown("status.rollback"))
	serve(verifiertest.Now().Add(time.Second), nil)
	look(t, check(t, w, tokenBadge(w, 7)), revoked())
	v := w.Verifier()
	asked := w.Web.Count(tokensURL)
	for _, step := range []struct {
		pass time.Duration
		want int
	}{{0, 1}, {9 * time.Minute, 1}, {2 * time.Minute, 2}} {
		w.Pass(step.pass)
		look(t, v.Check(t.Context(), verifier.Input{Text: tokenBadge(w, 5)}, verifier.Policy{}), clear())
		if got := w.Web.Count(tokensURL) - asked; got != step.want {
			t.Errorf("after %s more the list was fetched %d times, want %d", step.pass, got, step.want)
		}
	}
}

// packed is a list in which nothing is set.
func packed(t testing.TB, bits int) []byte {
	t.Helper()
	values, err := status.NewValues(131_072, bits)
	if err != nil {
		t.Fatal(err)
	}
	out, err := values.Packed()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// FuzzStatusCWT: whatever an issuer signs as a status list token, the badge is clear only if the token says so in its claims,
// and what nobody signed never counts.
func FuzzStatusCWT(f *testing.F) {
	w := verifiertest.NewWorld(f)
	l := tokenList()
	l.Size = 64
	whole := w.School.TokenCWT(f, l)
	f.Add(whole.Bytes())
	f.Add(whole.With(4, number(1)).Bytes())
	f.Add(whole.With(65533, verifiertest.StatusMap(1, []byte{1, 2, 3})).Bytes())
	example, err := hex.DecodeString(strings.Repeat("a2", 4))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	badge := tokenBadge(w, 5)
	f.Fuzz(func(t *testing.T, payload []byte) {
		w.Web.Put(tokensURL, "", verifiertest.StatusCWT(t, w.School.Key(keys.EdDSA), payload))
		r := check(t, w, badge)
		if r.Verdict != verifier.Valid {
			w.Web.Put(tokensURL, "", string(payload))
			if check(t, w, badge).Verdict == verifier.Valid {
				t.Errorf("%x counts without a signature", payload)
			}
			return
		}
		claims, err := cbor.Parse(payload)
		if err != nil || claims.At(2).Text() != tokensURL {
			t.Fatalf("%x is taken for the list: %v", payload, err)
		}
		bits, _ := claims.At(65533).Member("bits").Int()
		values, err := status.InflateValues(claims.At(65533).Member("lst").Bytes(), bits)
		if err != nil || values.Len() < 6 || values.Get(5) != status.TokenValid {
			t.Errorf("%x is read as clear: %v", payload, err)
		}
	})
}
