package verifier_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/trust"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

const (
	listURL = "https://school.example/status/1"
	year    = 365 * 24 * time.Hour
)

// list is the ordinary list of these tests: made just now, bits 7 and 131,071 set.
func list() verifiertest.StatusList {
	return verifiertest.StatusList{URL: listURL, Set: []int{7, 131_071}, From: verifiertest.Now()}
}

// statusBadge is a badge with the status entries given.
func statusBadge(w *verifiertest.World, entries ...any) string {
	var v any = entries
	if len(entries) == 1 {
		v = entries[0]
	}
	return signed(w, w.School.Badge().With("/credentialStatus", v))
}

func entry(index any) map[string]any { return verifiertest.Entry(listURL, "revocation", index) }

func clear() want { return want{verifier.Valid, verifier.CheckStatus, verifier.Pass, "status.clear"} }

func revoked() want { return refused(verifier.CheckStatus, "status.revoked") }

func unknown(code string) want { return unclear(verifier.CheckStatus, code) }

// TestStatusLists sends the rows S01 to S18 of the threat list through the whole verifier: what is served for a list, and
// what may be said of a badge then.
func TestStatusLists(t *testing.T) {
	page := func(contentType, body string) func(*testing.T, *verifiertest.World) {
		return func(_ *testing.T, w *verifiertest.World) { w.Web.Put(listURL, contentType, body) }
	}
	fails := func(code string) func(*testing.T, *verifiertest.World) {
		return func(_ *testing.T, w *verifiertest.World) { w.Web.Fail(listURL, code) }
	}
	lists := func(change func(*verifiertest.StatusList)) func(*testing.T, *verifiertest.World) {
		return func(t *testing.T, w *verifiertest.World) {
			l := list()
			change(&l)
			w.School.PublishList(t, keys.EdDSA, l)
			if l.URL != listURL { // whatever it calls itself, it stands at the address of the entry
				w.Web.Put(listURL, "application/vc+jwt", w.School.VCJWT(keys.EdDSA, w.School.StatusList(t, l)))
			}
		}
	}
	docs := func(change func(verifiertest.Doc) verifiertest.Doc) func(*testing.T, *verifiertest.World) {
		return func(t *testing.T, w *verifiertest.World) {
			w.Web.Put(listURL, "application/vc+jwt", w.School.VCJWT(keys.EdDSA, change(w.School.StatusList(t, list()))))
		}
	}
	same := func(*verifiertest.StatusList) {}
	now := verifiertest.Now()
	for _, row := range []struct {
		name  string
		serve func(*testing.T, *verifiertest.World)
		want  want
	}{
		{"the accepted twin", lists(same), clear()},
		{"the accepted twin as an ob-jwt", func(t *testing.T, w *verifiertest.World) {
			w.Web.Put(listURL, "text/plain", w.School.JWT(keys.ES256, w.School.StatusList(t, list()).Claims()))
		}, clear()},
		{"S01 no such host", fails("fetch.dns"), unknown("STATUS_RETRIEVAL_ERROR")},
		{"S01 a connection that takes too long", fails("fetch.timeout"), unknown("STATUS_RETRIEVAL_ERROR")},
		{"S01 404 or 502", fails("fetch.status"), unknown("STATUS_RETRIEVAL_ERROR")},
		{"S01 a wrong certificate", fails("fetch.tls"), unknown("STATUS_RETRIEVAL_ERROR")},
		{"S01 a private address", fails("fetch.address"), unknown("STATUS_RETRIEVAL_ERROR")},
		{"S01 a redirect to elsewhere", fails("fetch.redirect"), unknown("STATUS_RETRIEVAL_ERROR")},
		{"S09 a body beyond what is read", fails("fetch.too_large"), unknown("STATUS_RETRIEVAL_ERROR")},
		{"S03 not signed", func(t *testing.T, w *verifiertest.World) {
			w.Web.Put(listURL, "application/json", w.School.StatusList(t, list()).Text())
		}, unknown("status.list_unproven")},
		{"S03 signed by a stranger", func(t *testing.T, w *verifiertest.World) {
			d := w.School.StatusList(t, list())
			w.Web.Put(listURL, "application/vc+jwt", w.Stranger.Sign(keys.EdDSA, w.School.Header(keys.EdDSA).With("/typ", "vc+jwt").Text(), d.Text()))
		}, unknown("status.list_unproven")},
		{"S03 another issuer's list", func(t *testing.T, w *verifiertest.World) {
			w.Web.Put(listURL, "application/vc+jwt", w.Stranger.VCJWT(keys.EdDSA, w.Stranger.StatusList(t, list())))
		}, unknown("status.issuer_mismatch")},
		{"S03 a badge instead of a list", func(_ *testing.T, w *verifiertest.World) {
			w.Web.Put(listURL, "application/vc+jwt", signed(w, w.School.Badge().With("/id", listURL)))
		}, unknown("status.type")},
		{"S03 an error page with 200", page("text/html", "<!doctype html><title>Sorry</title>"), unknown("status.malformed_list")},
		{"S03 nothing", page("application/vc+jwt", ""), unknown("status.malformed_list")},
		{"S03 JSON that is no credential", page("application/json", `{"list":[]}`), unknown("status.malformed_list")},
		{"S03 a link instead of a list", page("text/plain", "https://canary.example/list"), unknown("status.malformed_list")},
		{"S04 the list of another address", lists(func(l *verifiertest.StatusList) { l.URL += "7" }), unknown("status.id_mismatch")},
		{"S06 a list that has ended", lists(func(l *verifiertest.StatusList) { l.From, l.Until = now.Add(-time.Hour), now.Add(-time.Second) }), unknown("status.stale")},
		{"S06 a list that ends in a second, the accepted twin", lists(func(l *verifiertest.StatusList) { l.From, l.Until = now.Add(-time.Hour), now.Add(time.Second) }), clear()},
		{"S06 a list of the future", lists(func(l *verifiertest.StatusList) { l.From = now.Add(time.Hour) }), unknown("status.stale")},
		{"S06 a list of a minute ahead, the accepted twin", lists(func(l *verifiertest.StatusList) { l.From = now.Add(time.Minute) }), clear()},
		{"S06 an old list without an end", lists(func(l *verifiertest.StatusList) { l.From = now.Add(-31 * 24 * time.Hour) }), unknown("status.stale")},
		{"S06 a list of 29 days without an end, the accepted twin", lists(func(l *verifiertest.StatusList) { l.From = now.Add(-29 * 24 * time.Hour) }), clear()},
		{"S06 a list without dates", docs(func(d verifiertest.Doc) verifiertest.Doc { return d.Without("/validFrom") }), unknown("status.stale")},
		{"S09 2^26+8 entries", lists(func(l *verifiertest.StatusList) { l.Size = 1<<26 + 8 }), unknown("limits.inflate")},
		{"S10 131,064 entries", lists(func(l *verifiertest.StatusList) { l.Size, l.Set = 131_064, nil }), unknown("STATUS_LIST_LENGTH_ERROR")},
		{"S10 one byte more than the least, the accepted twin", lists(func(l *verifiertest.StatusList) { l.Size = 131_080 }), clear()},
		{"a list that is not compressed", docs(func(d verifiertest.Doc) verifiertest.Doc { return d.With("/credentialSubject/encodedList", "uAAAA") }), unknown("MALFORMED_VALUE_ERROR")},
		{"a list without bits", docs(func(d verifiertest.Doc) verifiertest.Doc { return d.Without("/credentialSubject/encodedList") }), unknown("status.list_unproven")},
		{"S15 a list for suspension only", lists(func(l *verifiertest.StatusList) { l.Purpose = "suspension" }), unknown("STATUS_VERIFICATION_ERROR")},
		{"S15 a list for both, the accepted twin", lists(func(l *verifiertest.StatusList) { l.Purpose = []any{"suspension", "revocation"} }), clear()},
		{"S18 a list that has a status itself", docs(func(d verifiertest.Doc) verifiertest.Doc { return d.With("/credentialStatus", entry("7")) }), clear()},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			row.serve(t, w)
			r := check(t, w, statusBadge(w, entry("5")))
			look(t, r, row.want)
			if n := w.Web.Count(listURL); n != 1 {
				t.Errorf("%d requests for the list, want 1 (S18)", n)
			}
			if n := w.Web.Count(w.Stranger.KeysURL()); n != 0 {
				t.Errorf("%d requests for the keys of a stranger", n)
			}
			for _, c := range r.Checks {
				if c.Outcome == verifier.Unknown && strings.Contains(strings.ToLower(c.Detail), "not revoked") {
					t.Errorf("%q is said although nobody knows", c.Detail)
				}
			}
		})
	}
}

// TestStatusIndexes is rows S12 and S13.
func TestStatusIndexes(t *testing.T) {
	w := verifiertest.NewWorld(t)
	w.School.PublishList(t, keys.EdDSA, list())
	for _, index := range []string{
		`"-1"`, `"+5"`, `"05"`, `"1e3"`, `"0x10"`, `"5.9"`, `" 5"`, `"٥"`, `"９"`, `""`, `null`, `5`, `"9223372036854775808"`,
		`"18446744073709551621"`, `"1` + strings.Repeat("0", 400) + `"`, `"abc"`,
	} {
		t.Run(fmt.Sprintf("S12 %.40s", index), func(t *testing.T) {
			look(t, check(t, w, statusBadge(w, entry(verifiertest.Raw(index)))), refused(verifier.CheckStatus, "status.index"))
		})
	}
	for index, want := range map[string]want{
		"0": clear(), "7": revoked(), "6": clear(), "8": clear(), "131071": revoked(), "131064": clear(), // 131,064 and 0 are the mirrors of a
		"131072": unknown("RANGE_ERROR"), "2147483647": unknown("RANGE_ERROR"), // reader that takes bits from the right of a byte
	} {
		t.Run("S13 bit "+index, func(t *testing.T) { look(t, check(t, w, statusBadge(w, entry(index))), want) })
	}
}

// TestStatusEntries is row S16 and the shape of entries.
func TestStatusEntries(t *testing.T) {
	w := verifiertest.NewWorld(t)
	const suspensions = "https://school.example/status/2"
	w.School.PublishList(t, keys.EdDSA, list())
	w.School.PublishList(t, keys.EdDSA, verifiertest.StatusList{URL: suspensions, Purpose: "suspension", Set: []int{7}, From: verifiertest.Now()})
	w.School.PublishList(t, keys.EdDSA, verifiertest.StatusList{URL: suspensions + "3", Purpose: "refresh", Set: []int{7}, From: verifiertest.Now()})
	suspended := func(i string) any { return verifiertest.Entry(suspensions, "suspension", i) }
	strange := map[string]any{"type": "LunarStatus", "id": "https://canary.example/s"}
	many := make([]any, 9)
	for i := range many {
		many[i] = entry("5")
	}
	for _, row := range []struct {
		name    string
		entries []any
		want    want
	}{
		{"S16 suspension and revocation clear, the accepted twin", []any{suspended("5"), entry("5")}, clear()},
		{"S16 suspension clear, revocation set", []any{suspended("5"), entry("7")}, revoked()},
		{"S16 revocation set, suspension clear", []any{entry("7"), suspended("5")}, revoked()},
		{"suspended", []any{suspended("7"), entry("5")}, refused(verifier.CheckStatus, "status.suspended")},
		{"S16 an unknown kind after a clear one", []any{entry("5"), strange}, unknown("status.type_unknown")},
		{"S16 an unknown kind before a clear one", []any{strange, entry("5")}, unknown("status.type_unknown")},
		{"S16 an unknown kind and a set bit", []any{strange, entry("7")}, revoked()},
		{"S16 only an unknown kind", []any{strange}, unknown("status.type_unknown")},
		{"a message for people is not read as clear", []any{verifiertest.Entry(suspensions+"3", "refresh", "7")}, unknown("status.flag")},
		{"entries of two bits without their meaning", []any{verifiertest.Doc(entry("5")).With("/statusSize", 2)}, refused(verifier.CheckStatus, "status.message")},
		{"too many entries", many, refused(verifier.CheckStatus, "limits.status_entries")},
	} {
		t.Run(row.name, func(t *testing.T) { look(t, check(t, w, statusBadge(w, row.entries...)), row.want) })
	}
	t.Run("S16 an empty array", func(t *testing.T) {
		look(t, check(t, w, signed(w, w.School.Badge().With("/credentialStatus", []any{}))), refused(verifier.CheckStatus, "status.empty"))
	})
	t.Run("no status at all is skipped, and nobody says not revoked", func(t *testing.T) {
		r := check(t, w, signed(w, w.School.Badge()))
		look(t, r, want{verifier.Valid, verifier.CheckStatus, verifier.Skipped, "status.none"})
		if strings.Contains(summary(r), "not revoked") || strings.Contains(summary(r), "Not under") {
			t.Error(summary(r))
		}
	})
	if n := w.Web.Count("https://canary.example/s"); n != 0 {
		t.Errorf("%d requests for a status of an unknown kind", n)
	}
}

// TestRollback is row S07: a list never goes backwards, and what was once seen revoked stays so.
func TestRollback(t *testing.T) {
	w := verifiertest.NewWorld(t)
	v := w.Verifier()
	see := func(index string, want want) {
		t.Helper()
		look(t, v.Check(t.Context(), verifier.Input{Text: statusBadge(w, entry(index))}, verifier.Policy{}), want)
	}
	older := list()
	older.From, older.Set = verifiertest.Now().Add(-time.Hour), nil
	w.School.PublishList(t, keys.EdDSA, list())
	see("7", revoked())
	see("5", clear())
	w.School.PublishList(t, keys.EdDSA, older)
	w.Pass(2 * time.Hour)
	see("7", revoked())
	see("5", unknown("status.rollback"))
	w.Web.Fail(listURL, "fetch.timeout")
	see("7", revoked())
	see("5", unknown("STATUS_RETRIEVAL_ERROR"))
	newer := list()
	newer.From = verifiertest.Now().Add(2 * time.Hour)
	w.School.PublishList(t, keys.EdDSA, newer)
	see("7", revoked())
	see("5", clear())
}

// TestNothingIsFetchedForStrangers is rows S19 and N11: the addresses inside a badge of nobody that is trusted are canaries.
func TestNothingIsFetchedForStrangers(t *testing.T) {
	const canary = "https://canary.example/list"
	w := verifiertest.NewWorld(t)
	status := map[string]any{"type": "1EdTechRevocationList", "id": canary}
	for _, row := range []struct {
		name, in string
		want     want
	}{
		{"S19 an issuer that nobody trusts", w.Stranger.JWT(keys.ES256, w.Stranger.Badge().With("/credentialStatus", verifiertest.Entry(canary, "revocation", "5")).Claims()), unknown("status.not_looked_up")},
		{"S19 the old kind of list", w.Stranger.JWT(keys.ES256, w.Stranger.Badge().With("/credentialStatus", status).Claims()), unknown("status.not_looked_up")},
		{"S19 a bad signature in the name of the school", w.Stranger.Sign(keys.ES256, w.School.Header(keys.ES256).Text(),
			w.School.Badge().With("/credentialStatus", verifiertest.Entry(canary, "revocation", "5")).Claims().Text()), want{verifier.Invalid, verifier.CheckStatus, verifier.Unknown, "status.not_looked_up"}},
		{"S19 no signature", w.School.Badge().With("/credentialStatus", verifiertest.Entry(canary, "revocation", "5")).Text(), want{verifier.Invalid, verifier.CheckStatus, verifier.Unknown, "status.not_looked_up"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			look(t, check(t, w, row.in), row.want)
			if n := w.Web.Count(canary); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
	t.Run("N11 a thousand hosts of an untrusted issuer", func(t *testing.T) {
		w := verifiertest.NewWorld(t)
		nobody, v := verifiertest.NewKeyIssuer(t, w.Web, nil), w.Verifier()
		for i := range 1000 {
			url := fmt.Sprintf("https://h%d.example/list", i)
			in := nobody.JWT(keys.EdDSA, nobody.Badge().With("/credentialStatus", verifiertest.Entry(url, "revocation", "5")).Claims())
			if r := v.Check(t.Context(), verifier.Input{Text: in}, verifier.Policy{}); r.Verdict != verifier.Undecided {
				t.Fatalf("%s\n%s", r.Verdict, summary(r))
			}
		}
		if n := w.Web.Requests(); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
	t.Run("S19 the trusted twin is fetched", func(t *testing.T) {
		w.School.PublishList(t, keys.EdDSA, list())
		look(t, check(t, w, statusBadge(w, entry("5"))), clear())
	})
}

// TestListLifetimes is row S22: how long a list is believed is clipped, whatever it says of itself.
func TestListLifetimes(t *testing.T) {
	for _, row := range []struct {
		name     string
		ttl      any
		maxAge   time.Duration
		from, to time.Duration // it must still be kept at from, and fetched again at to
	}{
		{"nothing said: half of the promise of a minute", nil, 0, 29 * time.Second, 30 * time.Second},
		{"S22 a ttl of a millisecond", 1, 0, 900 * time.Millisecond, time.Second},
		{"S22 a ttl of a second", 1000, 0, 900 * time.Millisecond, time.Second},
		{"S22 a ttl of a hundred years", verifiertest.Raw("3155760000000"), 0, 59 * time.Minute, time.Hour},
		{"S22 a ttl beyond every clock", verifiertest.Raw("1e300"), 0, 59 * time.Minute, time.Hour},
		{"S22 max-age of a year", nil, year, 29 * time.Second, 30 * time.Second},
		{"S22 max-age shorter than the ttl", 600_000, 20 * time.Second, 19 * time.Second, 20 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			l := list()
			l.TTL = row.ttl
			w.Web.PutFor(listURL, "application/vc+jwt", w.School.VCJWT(keys.EdDSA, w.School.StatusList(t, l)), row.maxAge)
			v := w.Verifier()
			jws := statusBadge(w, entry("5"))
			for i, step := range []time.Duration{0, row.from, row.to - row.from} {
				w.Pass(step)
				v.Check(t.Context(), verifier.Input{Text: jws}, verifier.Policy{})
				if got, want := w.Web.Count(listURL), []int{1, 1, 2}[i]; got != want {
					t.Errorf("at step %d: %d requests, want %d", i, got, want)
				}
			}
		})
	}
}

// TestRevocationIsSeenInAMinute is row S25, with the ttl that our own lists have.
func TestRevocationIsSeenInAMinute(t *testing.T) {
	w := verifiertest.NewWorld(t)
	l := list()
	l.TTL, l.Until = 30_000, l.From.Add(24*time.Hour)
	w.School.PublishList(t, keys.EdDSA, l)
	v := w.Verifier()
	jws := statusBadge(w, entry("5"))
	look(t, v.Check(t.Context(), verifier.Input{Text: jws}, verifier.Policy{}), clear())
	w.Pass(time.Second)
	l.Set, l.From = append(l.Set, 5), w.Clock()
	w.School.PublishList(t, keys.EdDSA, l)
	seen := time.Duration(0)
	for ; seen <= 60*time.Second; seen += time.Second {
		if r := v.Check(t.Context(), verifier.Input{Text: jws}, verifier.Policy{}); r.Verdict == verifier.Invalid {
			look(t, r, revoked())
			break
		}
		w.Pass(time.Second)
	}
	if seen > 60*time.Second {
		t.Error("a minute after it was revoked, the badge is still taken")
	}
}

// TestOldRevocationLists is the 1EdTechRevocationList of Open Badges before 1.3, which nobody signs.
func TestOldRevocationLists(t *testing.T) {
	const url = "https://school.example/revocations"
	for _, row := range []struct {
		name, body string
		want       want
	}{
		{"somebody else is listed", `{"id":"` + url + `","issuer":"did:web:school.example","revokedCredential":[{"id":"https://school.example/c/2","revoked":true}]}`, clear()},
		{"nobody is listed", `{"issuer":"did:web:school.example","revokedCredential":[]}`, clear()},
		{"listed", `{"issuer":"did:web:school.example","revokedCredential":[{"id":"https://school.example/c/1","revoked":true,"revocationReason":"x"}]}`, revoked()},
		{"listed without saying revoked", `{"issuer":"did:web:school.example","revokedCredential":[{"id":"https://school.example/c/1"}]}`, revoked()},
		{"listed as not revoked", `{"issuer":"did:web:school.example","revokedCredential":[{"id":"https://school.example/c/1","revoked":false}]}`, clear()},
		{"listed twice, the second revoked", `{"issuer":"did:web:school.example","revokedCredential":[{"id":"https://school.example/c/1","revoked":false},{"id":"https://school.example/c/1","revoked":true}]}`, revoked()},
		{"another issuer's list", `{"issuer":"did:web:stranger.example","revokedCredential":[]}`, unknown("status.issuer_mismatch")},
		{"another issuer's list, by its profile", `{"issuer":{"id":"did:web:stranger.example"},"revokedCredential":[]}`, unknown("status.issuer_mismatch")},
		{"no list", `{"issuer":"did:web:school.example"}`, unknown("status.malformed_list")},
		{"an error page", `<html>`, unknown("status.malformed_list")},
		{"a member twice", `{"issuer":"did:web:school.example","revokedCredential":[{"id":"https://school.example/c/1"}],"revokedCredential":[]}`, unknown("status.malformed_list")},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			w.Web.Put(url, "application/json", row.body)
			r := check(t, w, statusBadge(w, map[string]any{"id": url, "type": "1EdTechRevocationList"}))
			look(t, r, row.want)
			if row.want == clear() && !warned(r, "status.list_unsigned") {
				t.Error("nobody is told that the list is not signed")
			}
		})
	}
	w := verifiertest.NewWorld(t)
	look(t, check(t, w, statusBadge(w, map[string]any{"id": url, "type": "1EdTechRevocationList"})), unknown("STATUS_RETRIEVAL_ERROR"))
}

// TestClock is row T02: a clock that is wrong is told by what others signed.
func TestClock(t *testing.T) {
	for _, row := range []struct {
		name   string
		move   time.Duration
		want   want
		warned bool
	}{
		{"a right clock", 0, clear(), false},
		{"T02 a day behind", -24 * time.Hour, unknown("status.stale"), true},
		{"T02 ten years behind", -10 * year, want{verifier.Invalid, verifier.CheckTime, verifier.Fail, "time.not_yet_valid"}, true},
		{"T02 ten years ahead", 10 * year, want{verifier.Invalid, verifier.CheckStatus, verifier.Unknown, "status.stale"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := verifiertest.NewWorld(t)
			w.School.PublishList(t, keys.EdDSA, list())
			w.Pass(row.move)
			r := check(t, w, statusBadge(w, entry("5")))
			look(t, r, row.want)
			if warned(r, "clock.suspect") != row.warned {
				t.Errorf("warned of the clock: %t\n%s", !row.warned, summary(r))
			}
		})
	}
	t.Run("T02 a clock that is set back while the verifier runs", func(t *testing.T) {
		w := verifiertest.NewWorld(t)
		w.School.PublishList(t, keys.EdDSA, list())
		v := w.Verifier()
		v.Check(t.Context(), verifier.Input{Text: statusBadge(w, entry("5"))}, verifier.Policy{})
		w.Pass(-24 * time.Hour)
		if r := v.Check(t.Context(), verifier.Input{Text: signed(w, w.School.Badge())}, verifier.Policy{}); !warned(r, "clock.suspect") {
			t.Error(summary(r))
		}
	})
}

// TestTrustAtATime: the trust list is asked for the moment that the verdict is for.
func TestTrustAtATime(t *testing.T) {
	w := verifiertest.NewWorld(t)
	l, err := trust.New(trust.Entry{ID: w.School.ID, Until: verifiertest.Now().Add(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	w.Trust = l
	jws := signed(w, w.School.Badge())
	look(t, check(t, w, jws), unclear(verifier.CheckTrust, "trust.ended"))
	look(t, w.Verifier().Check(t.Context(), verifier.Input{Text: jws}, verifier.Policy{At: verifiertest.Now().Add(-2 * time.Hour)}), want{verifier.Valid, verifier.CheckTrust, verifier.Pass, "trust.ok"})
}

// TestListCacheIsBounded: more lists than are kept, and still none goes backwards.
func TestListCacheIsBounded(t *testing.T) {
	w := verifiertest.NewWorld(t)
	v := w.Verifier()
	const lists = 600
	badges := make([]string, lists)
	url := func(i int) string { return fmt.Sprintf("https://school.example/status/%d", i) }
	encoded := w.School.StatusList(t, list())
	serve := func(i int, from time.Time) {
		d := encoded.With("/id", url(i)).With("/validFrom", from.Format(time.RFC3339))
		w.Web.Put(url(i), "application/vc+jwt", w.School.VCJWT(keys.EdDSA, d))
	}
	for i := range lists {
		serve(i, verifiertest.Now())
		badges[i] = statusBadge(w, verifiertest.Entry(url(i), "revocation", "5"))
		look(t, v.Check(t.Context(), verifier.Input{Text: badges[i]}, verifier.Policy{}), clear())
	}
	again := 0
	for i := range lists {
		v.Check(t.Context(), verifier.Input{Text: badges[i]}, verifier.Policy{})
		again += w.Web.Count(url(i)) - 1
	}
	if again < lists-512 || again == lists {
		t.Errorf("%d of %d lists were fetched again, so %d were kept", again, lists, lists-again)
	}
	w.Pass(time.Minute)
	for i := range lists {
		serve(i, verifiertest.Now().Add(-time.Hour))
		look(t, v.Check(t.Context(), verifier.Input{Text: badges[i]}, verifier.Policy{}), unknown("status.rollback"))
	}
}
