package verifier_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/status"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/trust"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

const tokensURL = "https://school.example/tokens/1"

func tokenList() verifiertest.TokenList {
	return verifiertest.TokenList{URL: tokensURL, Values: map[int]int{7: 1, 8: 2, 9: 3}, From: verifiertest.Now()}
}

// tokenBadge is a badge whose token names entry idx of a token status list.
func tokenBadge(w *verifiertest.World, idx any) string {
	claims := w.School.Badge().Claims().With("/status", map[string]any{"status_list": map[string]any{"idx": idx, "uri": tokensURL}})
	return w.School.JWT(keys.ES256, claims)
}

// TestTokenStatusLists is the Token Status List in JWT form: what is served, and what may be said of a badge then.
func TestTokenStatusLists(t *testing.T) {
	lists := func(change func(*verifiertest.TokenList)) func(*testing.T, *verifiertest.World) {
		return func(t *testing.T, w *verifiertest.World) {
			l := tokenList()
			change(&l)
			w.Web.Put(tokensURL, "application/statuslist+jwt", w.School.StatusToken(keys.EdDSA, w.School.TokenClaims(t, l)))
		}
	}
	claims := func(change func(verifiertest.Doc) verifiertest.Doc) func(*testing.T, *verifiertest.World) {
		return func(t *testing.T, w *verifiertest.World) {
			w.Web.Put(tokensURL, "application/statuslist+jwt", w.School.StatusToken(keys.EdDSA, change(w.School.TokenClaims(t, tokenList()))))
		}
	}
	same := func(*verifiertest.TokenList) {}
	now := verifiertest.Now()
	for _, row := range []struct {
		name  string
		idx   any
		serve func(*testing.T, *verifiertest.World)
		want  want
	}{
		{"value 0 is valid, the accepted twin", 5, lists(same), clear()},
		{"value 1 is revoked", 7, lists(same), revoked()},
		{"value 2 is suspended", 8, lists(same), refused(verifier.CheckStatus, "status.suspended")},
		{"value 3 has no meaning that is known", 9, lists(same), unknown("status.flag")},
		{"S13 the least significant bits come first", 0, lists(func(l *verifiertest.TokenList) { l.Bits, l.Values = 1, map[int]int{0: 1} }), revoked()},
		{"S13 and the mirror is clear", 7, lists(func(l *verifiertest.TokenList) { l.Bits, l.Values = 1, map[int]int{0: 1} }), clear()},
		{"entries of four bits", 6, lists(func(l *verifiertest.TokenList) { l.Bits, l.Values = 4, map[int]int{6: 2, 7: 15} }), refused(verifier.CheckStatus, "status.suspended")},
		{"entries of eight bits", 7, lists(func(l *verifiertest.TokenList) { l.Bits, l.Values = 8, map[int]int{6: 2, 7: 0xc0} }), unknown("status.flag")},
		{"entries of three bits", 5, claims(func(d verifiertest.Doc) verifiertest.Doc { return d.With("/status_list/bits", 3) }), unknown("status.token_bits")},
		{"entries whose size is not said", 5, claims(func(d verifiertest.Doc) verifiertest.Doc { return d.Without("/status_list/bits") }), unknown("status.token_bits")},
		{"an index beyond the list", 131_072, lists(same), unknown("RANGE_ERROR")},
		{"the last index", 131_071, lists(same), clear()},
		{"an index in a string", "5", lists(same), refused(verifier.CheckStatus, "status.index")},
		{"a negative index", -1, lists(same), refused(verifier.CheckStatus, "status.index")},
		{"an index with a fraction", verifiertest.Raw("5.0"), lists(same), refused(verifier.CheckStatus, "status.index")},
		{"S01 no list there", 5, func(_ *testing.T, w *verifiertest.World) { w.Web.Fail(tokensURL, "fetch.status") }, unknown("STATUS_RETRIEVAL_ERROR")},
		{"S03 an error page", 5, func(_ *testing.T, w *verifiertest.World) { w.Web.Put(tokensURL, "text/html", "<p>a.b.c</p>") }, unknown("status.malformed_list")},
		{"S03 nothing", 5, func(_ *testing.T, w *verifiertest.World) { w.Web.Put(tokensURL, "", "") }, unknown("status.malformed_list")},
		{"S03 a token of another kind", 5, func(t *testing.T, w *verifiertest.World) {
			w.Web.Put(tokensURL, "", w.School.JWT(keys.EdDSA, w.School.TokenClaims(t, tokenList())))
		}, unknown("status.type")},
		{"S03 signed by a stranger", 5, func(t *testing.T, w *verifiertest.World) {
			w.Web.Put(tokensURL, "", w.Stranger.Sign(keys.EdDSA, w.School.Header(keys.EdDSA).With("/typ", "statuslist+jwt").Text(), w.School.TokenClaims(t, tokenList()).Text()))
		}, unknown("status.list_unproven")},
		{"S03 by a key of somebody else", 5, func(t *testing.T, w *verifiertest.World) {
			w.Web.Put(tokensURL, "", w.Stranger.StatusToken(keys.EdDSA, w.School.TokenClaims(t, tokenList())))
		}, unknown("status.list_unproven")},
		{"S03 in the name of somebody else", 5, func(t *testing.T, w *verifiertest.World) {
			w.Web.Put(tokensURL, "", w.Stranger.StatusToken(keys.EdDSA, w.School.TokenClaims(t, tokenList()).With("/iss", w.Stranger.ID)))
		}, unknown("status.issuer_mismatch")},
		{"an iss that is the issuer, the accepted twin", 5, claims(func(d verifiertest.Doc) verifiertest.Doc { return d.With("/iss", "did:web:school.example") }), clear()},
		{"S04 the list of another address", 5, lists(func(l *verifiertest.TokenList) { l.URL += "7" }), unknown("status.id_mismatch")},
		{"S04 a list of no address", 5, claims(func(d verifiertest.Doc) verifiertest.Doc { return d.Without("/sub") }), unknown("status.id_mismatch")},
		{"S06 a list that has ended", 5, lists(func(l *verifiertest.TokenList) { l.From, l.Until = now.Add(-time.Hour), now }), unknown("status.stale")},
		{"S06 a list that ends in a second, the accepted twin", 5, lists(func(l *verifiertest.TokenList) { l.From, l.Until = now.Add(-time.Hour), now.Add(time.Second) }), clear()},
		{"S06 a list of the future", 5, lists(func(l *verifiertest.TokenList) { l.From = now.Add(time.Hour) }), unknown("status.stale")},
		{"S06 an old list without an end", 5, lists(func(l *verifiertest.TokenList) { l.From = now.Add(-31 * 24 * time.Hour) }), unknown("status.stale")},
		{"S06 a list without a date", 5, claims(func(d verifiertest.Doc) verifiertest.Doc { return d.Without("/iat") }), unknown("status.stale")},
		{"S06 an end that is no date", 5, claims(func(d verifiertest.Doc) verifiertest.Doc { return d.With("/exp", "never") }), unknown("status.stale")},
		{"a list that is not compressed", 5, claims(func(d verifiertest.Doc) verifiertest.Doc { return d.With("/status_list/lst", "AAAA") }), unknown("MALFORMED_VALUE_ERROR")},
		{"no list in the token", 5, claims(func(d verifiertest.Doc) verifiertest.Doc { return d.Without("/status_list") }), unknown("status.token_bits")},
		{"S15 a bitstring list in its place", 5, func(t *testing.T, w *verifiertest.World) {
			l := list()
			l.URL = tokensURL
			w.School.PublishList(t, keys.EdDSA, l)
		}, unknown("status.type")},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			row.serve(t, w)
			look(t, check(t, w, tokenBadge(w, row.idx)), row.want)
			if n := w.Web.Count(w.Stranger.KeysURL()); n != 0 {
				t.Errorf("%d requests for the keys of a stranger", n)
			}
		})
	}
	t.Run("S16 a clear entry beside a revoked token", func(t *testing.T) {
		w := verifiertest.NewWorld(t)
		w.School.PublishList(t, keys.EdDSA, list())
		w.School.PublishTokens(t, keys.EdDSA, tokenList())
		both := func(index string, idx int) string {
			badge := w.School.Badge().With("/credentialStatus", entry(index)).Claims()
			return w.School.JWT(keys.ES256, badge.With("/status", map[string]any{"status_list": map[string]any{"idx": idx, "uri": tokensURL}}))
		}
		look(t, check(t, w, both("5", 7)), revoked())
		look(t, check(t, w, both("7", 5)), revoked())
		look(t, check(t, w, both("5", 5)), clear())
	})
	t.Run("S16 another mechanism beside the list", func(t *testing.T) {
		w := verifiertest.NewWorld(t)
		w.School.PublishTokens(t, keys.EdDSA, tokenList())
		claims := w.School.Badge().Claims().With("/status", map[string]any{
			"status_list": map[string]any{"idx": 5, "uri": tokensURL}, "lunar": map[string]any{"uri": "https://canary.example/"},
		})
		look(t, check(t, w, w.School.JWT(keys.ES256, claims)), unknown("status.type_unknown"))
	})
}

// TestStatusList2021 is the kind of list before Bitstring Status List, whose entries differ in name and list.
func TestStatusList2021(t *testing.T) {
	bits := status.New(131_072)
	if err := bits.Set(7); err != nil {
		t.Fatal(err)
	}
	encoded, err := bits.Encoded()
	if err != nil {
		t.Fatal(err)
	}
	old := func(w *verifiertest.World) verifiertest.Doc {
		return w.School.StatusList(t, list()).With("/type/1", "StatusList2021Credential").With("/credentialSubject/type", "StatusList2021").
			With("/credentialSubject/encodedList", encoded[1:])
	}
	old2021 := func(index string) map[string]any {
		e := entry(index)
		e["type"] = "StatusList2021Entry"
		return e
	}
	for _, row := range []struct {
		name, index string
		change      func(verifiertest.Doc) verifiertest.Doc
		want        want
	}{
		{"clear", "5", nil, clear()},
		{"revoked", "7", nil, revoked()},
		{"in a list of another kind", "5", func(d verifiertest.Doc) verifiertest.Doc {
			return d.With("/type/1", "LunarCredential")
		}, unknown("status.type")},
		{"for another purpose", "5", func(d verifiertest.Doc) verifiertest.Doc {
			return d.With("/credentialSubject/statusPurpose", "suspension")
		}, unknown("STATUS_VERIFICATION_ERROR")},
		{"at another address", "5", func(d verifiertest.Doc) verifiertest.Doc { return d.With("/id", listURL+"7") }, unknown("status.id_mismatch")},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			d := old(w)
			if row.change != nil {
				d = row.change(d)
			}
			w.Web.Put(listURL, "application/vc+jwt", w.School.VCJWT(keys.EdDSA, d))
			look(t, check(t, w, statusBadge(w, old2021(row.index))), row.want)
		})
	}
}

// TestEntriesOfSeveralBits: statusSize with statusMessage.
func TestEntriesOfSeveralBits(t *testing.T) {
	messages := func(values ...string) []any {
		out := make([]any, len(values))
		for i, v := range values {
			out[i] = map[string]any{"status": v, "message": "message " + v}
		}
		return out
	}
	sized := func(purpose, index string, m any) any {
		return verifiertest.Doc(verifiertest.Entry(listURL, purpose, index)).With("/statusSize", 2).With("/statusMessage", m)
	}
	all := messages("0x0", "0x1", "0x2", "0x3")
	for _, row := range []struct {
		name  string
		entry any
		want  want
	}{
		{"a revocation of two bits, clear", sized("revocation", "2", all), clear()},
		{"a revocation of two bits, set", sized("revocation", "3", all), revoked()},
		{"a message that says nothing is wrong", sized("message", "2", all), want{verifier.Valid, verifier.CheckStatus, verifier.Pass, "status.message"}},
		{"a message for people", sized("message", "3", all), unknown("status.message")},
		{"an index beyond half of the bits", sized("revocation", "131072", all), unknown("RANGE_ERROR")},
		{"a message missing", sized("message", "3", messages("0x0", "0x1", "0x2")), refused(verifier.CheckStatus, "status.message")},
		{"a message twice", sized("message", "3", messages("0x0", "0x1", "0x2", "0x2")), refused(verifier.CheckStatus, "status.message")},
		{"a value that does not fit", sized("message", "3", messages("0x0", "0x1", "0x2", "0x4")), refused(verifier.CheckStatus, "status.message")},
		{"a value in other digits", sized("message", "3", messages("0", "1", "2", "3")), refused(verifier.CheckStatus, "status.message")},
		{"a size of no bits", verifiertest.Doc(entry("5")).With("/statusSize", 0), refused(verifier.CheckStatus, "status.size")},
		{"a size of nine bits", verifiertest.Doc(entry("5")).With("/statusSize", 9), refused(verifier.CheckStatus, "status.size")},
		{"a size in a string", verifiertest.Doc(entry("5")).With("/statusSize", "1"), refused(verifier.CheckStatus, "status.size")},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			w.School.PublishList(t, keys.EdDSA, verifiertest.StatusList{
				URL: listURL, Purpose: []any{"revocation", "message"}, Size: 262_144, Set: []int{6}, From: verifiertest.Now(),
			})
			look(t, check(t, w, statusBadge(w, row.entry)), row.want)
		})
	}
	t.Run("S10 131,072 bits are only half as many entries", func(t *testing.T) {
		w := verifiertest.NewWorld(t)
		w.School.PublishList(t, keys.EdDSA, list())
		look(t, check(t, w, statusBadge(w, sized("revocation", "9", all))), unknown("STATUS_LIST_LENGTH_ERROR"))
	})
}

// TestWasItValidThen is row S21: an answer for a moment must say that it is for that moment.
func TestWasItValidThen(t *testing.T) {
	now := verifiertest.Now()
	then := now.Add(-20 * 24 * time.Hour)
	ask := listURL + "?at=" + then.Format("2006-01-02T15") + "%3A00%3A00Z"
	past := func(set []int, from, until time.Time) func(*testing.T, *verifiertest.World) {
		return func(t *testing.T, w *verifiertest.World) {
			l := list()
			l.Set, l.From, l.Until = set, from, until
			w.Web.Put(ask, "application/vc+jwt", w.School.VCJWT(keys.EdDSA, w.School.StatusList(t, l)))
		}
	}
	valid := func(code string) want { return want{verifier.Valid, verifier.CheckStatus, verifier.Pass, code} }
	for _, row := range []struct {
		name, index string
		serve       func(*testing.T, *verifiertest.World)
		want        want
		warned      bool
	}{
		{"revoked since, and the issuer signs that it was not then", "7", past(nil, then.Add(-time.Hour), then.Add(time.Second)), valid("status.clear"), false},
		{"revoked before that", "7", past([]int{7}, then.Add(-time.Hour), then.Add(time.Hour)), revoked(), false},
		{"S21 the list of today", "7", past([]int{7}, now, now.Add(time.Hour)), revoked(), true},
		{"S21 the list of today without revocations", "7", past(nil, now, now.Add(time.Hour)), revoked(), true},
		{"S21 a list that begins later", "7", past(nil, then.Add(time.Second), then.Add(time.Hour)), revoked(), true},
		{"S21 a list that had ended", "7", past(nil, then.Add(-time.Hour), then), revoked(), true},
		{"S21 a list that does not say until when", "7", past(nil, then.Add(-time.Hour), time.Time{}), revoked(), true},
		{"S21 a stranger's answer", "7", func(t *testing.T, w *verifiertest.World) {
			l := list()
			l.Set, l.From, l.Until = nil, then.Add(-time.Hour), then.Add(time.Hour)
			w.Web.Put(ask, "application/vc+jwt", w.Stranger.VCJWT(keys.EdDSA, w.Stranger.StatusList(t, l)))
		}, revoked(), true},
		{"no answer", "7", func(*testing.T, *verifiertest.World) {}, revoked(), true},
		{"not revoked today, so not then", "5", func(*testing.T, *verifiertest.World) {}, valid("status.clear"), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			w.School.PublishList(t, keys.EdDSA, list())
			row.serve(t, w)
			v := w.Verifier()
			r := v.Check(t.Context(), verifier.Input{Text: statusBadge(w, entry(row.index))}, verifier.Policy{At: then})
			look(t, r, row.want)
			if warned(r, "status.history") != row.warned {
				t.Error(summary(r))
			}
			if row.index == "7" { // the past is not taken for the present
				look(t, v.Check(t.Context(), verifier.Input{Text: statusBadge(w, entry("7"))}, verifier.Policy{}), revoked())
			}
		})
	}
	t.Run("a suspension that is over may have been then", func(t *testing.T) {
		w := verifiertest.NewWorld(t)
		l := list()
		l.Purpose = "suspension"
		w.School.PublishList(t, keys.EdDSA, l)
		badge := statusBadge(w, verifiertest.Entry(listURL, "suspension", "5"))
		at := func() verifier.Result {
			return w.Verifier().Check(t.Context(), verifier.Input{Text: badge}, verifier.Policy{At: then})
		}
		look(t, at(), unknown("status.history"))
		l.Set, l.From, l.Until = []int{5}, then, then.Add(time.Hour)
		w.Web.Put(ask, "application/vc+jwt", w.School.VCJWT(keys.EdDSA, w.School.StatusList(t, l)))
		look(t, at(), refused(verifier.CheckStatus, "status.suspended"))
	})
	t.Run("a token list is asked by its own parameter", func(t *testing.T) {
		w := verifiertest.NewWorld(t)
		w.School.PublishTokens(t, keys.EdDSA, tokenList())
		l := tokenList()
		l.Values, l.From, l.Until = nil, then, then.Add(time.Hour)
		w.Web.Put(fmt.Sprintf("%s?time=%d", tokensURL, then.Unix()), "", w.School.StatusToken(keys.EdDSA, w.School.TokenClaims(t, l)))
		look(t, w.Verifier().Check(t.Context(), verifier.Input{Text: tokenBadge(w, 7)}, verifier.Policy{At: then}), valid("status.clear"))
	})
}

// keptMemory outlives the verifiers that use it.
type keptMemory struct {
	newest  map[string]time.Time
	revoked map[string]bool
	broken  error
}

func (m *keptMemory) Newest(_ context.Context, list string) (time.Time, error) {
	return m.newest[list], m.broken
}

func (m *keptMemory) Saw(_ context.Context, list string, at time.Time) error {
	m.newest[list] = at
	return m.broken
}

func (m *keptMemory) Revoked(_ context.Context, list, entry string) (bool, error) {
	return m.revoked[list+entry], m.broken
}

func (m *keptMemory) SawRevoked(_ context.Context, list, entry string) error {
	m.revoked[list+entry] = true
	return m.broken
}

// TestRollbackAcrossRestarts is row S07 with a new verifier each time: what was seen is in its memory.
func TestRollbackAcrossRestarts(t *testing.T) {
	w := verifiertest.NewWorld(t)
	memory := &keptMemory{newest: map[string]time.Time{}, revoked: map[string]bool{}}
	w.Memory = memory
	w.School.PublishList(t, keys.EdDSA, list())
	w.School.PublishTokens(t, keys.EdDSA, tokenList())
	look(t, check(t, w, statusBadge(w, entry("7"))), revoked())
	look(t, check(t, w, tokenBadge(w, 7)), revoked())
	older := list()
	older.From, older.Set = verifiertest.Now().Add(-time.Hour), nil
	w.School.PublishList(t, keys.EdDSA, older)
	look(t, check(t, w, statusBadge(w, entry("7"))), revoked())
	look(t, check(t, w, statusBadge(w, entry("5"))), unknown("status.rollback"))
	newer := list()
	newer.From, newer.Set = verifiertest.Now().Add(time.Second), nil
	w.School.PublishList(t, keys.EdDSA, newer)
	look(t, check(t, w, statusBadge(w, entry("7"))), revoked())
	look(t, check(t, w, statusBadge(w, entry("5"))), clear())
	tokens := tokenList()
	tokens.From, tokens.Values = verifiertest.Now().Add(time.Second), map[int]int{}
	w.School.PublishTokens(t, keys.EdDSA, tokens)
	look(t, check(t, w, tokenBadge(w, 7)), revoked())
	look(t, check(t, w, tokenBadge(w, 8)), clear()) // a suspension may end
	tokens.From = verifiertest.Now()
	w.School.PublishTokens(t, keys.EdDSA, tokens)
	look(t, check(t, w, tokenBadge(w, 5)), unknown("status.rollback"))

	memory.broken = errors.New("the database is gone")
	look(t, check(t, w, statusBadge(w, entry("5"))), unknown("status.memory"))
}

// TestListsKeptBySomebodyElse: the issuer of a list is the credential's, or one whom the trust list names for it.
func TestListsKeptBySomebodyElse(t *testing.T) {
	for name, row := range map[string]struct {
		entry trust.Entry
		want  want
	}{
		"named by the trust list":                 {trust.Entry{StatusBy: []string{"did:web:stranger.example"}}, clear()},
		"another one is named":                    {trust.Entry{StatusBy: []string{"did:web:other.example"}}, unknown("status.issuer_mismatch")},
		"nobody is named":                         {trust.Entry{}, unknown("status.issuer_mismatch")},
		"the successor of an issuer that closed":  {trust.Entry{Successor: "did:web:stranger.example", Until: verifiertest.Now().Add(-time.Second), Keep: true}, clear()},
		"the successor of an issuer that goes on": {trust.Entry{Successor: "did:web:stranger.example"}, unknown("status.issuer_mismatch")},
	} {
		t.Run(name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			row.entry.ID = w.School.ID
			l, err := trust.New(row.entry)
			if err != nil {
				t.Fatal(err)
			}
			w.Trust = l
			w.Web.Put(listURL, "application/vc+jwt", w.Stranger.VCJWT(keys.EdDSA, w.Stranger.StatusList(t, list())))
			look(t, check(t, w, statusBadge(w, entry("5"))), row.want)
			w.Web.Put(tokensURL, "", w.Stranger.StatusToken(keys.EdDSA, w.School.TokenClaims(t, tokenList()).With("/iss", w.Stranger.ID)))
			look(t, check(t, w, tokenBadge(w, 5)), row.want)
		})
	}
}
