package service_test

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// lists presents a badge with a clear entry, whose list is changed.
func lists(change func(s *stage, l *verifiertest.StatusList)) func(*stage) presented {
	return func(s *stage) presented {
		return s.listed("5", func(l *verifiertest.StatusList) { change(s, l) })
	}
}

// serves presents a badge with a clear entry, at whose address something else stands.
func serves(contentType string, body func(s *stage) string) func(*stage) presented {
	return func(s *stage) presented { return s.served(contentType, body(s)) }
}

// listAt presents a badge whose list stands at that address.
func listAt(address func(s *stage) string) func(*stage) presented {
	return plain(func(s *stage, d verifiertest.Doc) verifiertest.Doc {
		return d.With("/credentialStatus", verifiertest.Entry(address(s), "revocation", "5"))
	})
}

func listThreats() []threat {
	const undecided = "undecided"
	return []threat{
		{name: "S00 the twin: a good list", make: lists(func(*stage, *verifiertest.StatusList) {}), verdict: "valid", check: "status", code: "status.clear"},
		{name: "S01 404", make: func(s *stage) presented { return s.signed(s.withEntry("5")) }, verdict: undecided, check: "status", code: "STATUS_RETRIEVAL_ERROR"},
		{name: "S01 502", make: func(s *stage) presented {
			s.web.Fail(s.listURL(), "fetch.timeout")
			return s.signed(s.withEntry("5"))
		}, verdict: undecided, check: "status", code: "STATUS_RETRIEVAL_ERROR"},
		{name: "S01 nobody listens", make: listAt(func(s *stage) string { return "http://" + closedPort(s.t) + "/list" }),
			verdict: undecided, check: "status", code: "STATUS_RETRIEVAL_ERROR"},
		{name: "S01 no such host", make: listAt(func(*stage) string { return "https://lists.invalid/list" }),
			verdict: undecided, check: "status", code: "STATUS_RETRIEVAL_ERROR"},
		{name: "S01 no TLS", make: listAt(func(s *stage) string { return strings.Replace(s.listURL(), "http:", "https:", 1) }),
			verdict: undecided, check: "status", code: "STATUS_RETRIEVAL_ERROR"},
		{name: "S01 a redirect to a canary", make: serves("redirect", (*stage).canaryURL), verdict: undecided, check: "status", code: "STATUS_RETRIEVAL_ERROR"},
		{name: "S03 not signed", make: serves("application/json", func(s *stage) string { return s.school.StatusList(s.t, s.list()).Text() }),
			verdict: undecided, check: "status", code: "status.list_unproven"},
		{name: "S03 another issuer's", make: serves("application/vc+jwt", func(s *stage) string {
			return s.stranger.VCJWT(keys.EdDSA, s.stranger.StatusList(s.t, s.list()))
		}), verdict: undecided, check: "status", code: "status.issuer_mismatch"},
		{name: "S03 a badge instead of a list", make: serves("application/vc+jwt", func(s *stage) string { return s.signed(s.badge().With("/id", s.listURL())).text }),
			verdict: undecided, check: "status", code: "status.type"},
		{name: "S03 an error page with 200", make: serves("text/html", func(*stage) string { return "<!doctype html><title>Sorry</title>" }),
			verdict: undecided, check: "status", code: "status.malformed_list"},
		{name: "S04 the list of another address", make: lists(func(_ *stage, l *verifiertest.StatusList) { l.URL += "7" }),
			verdict: undecided, check: "status", code: "status.id_mismatch"},
		{name: "S04 the token list of another address", make: func(s *stage) presented {
			c := s.school.TokenClaims(s.t, verifiertest.TokenList{URL: s.listURL() + "7", From: s.now()})
			s.web.Put(s.listURL(), "application/statuslist+jwt", s.school.StatusToken(keys.EdDSA, c))
			return s.token(5)
		}, verdict: undecided, check: "status", code: "status.id_mismatch"},
		{name: "S06 a list that has ended", make: lists(func(s *stage, l *verifiertest.StatusList) {
			l.From, l.Until = s.now().Add(-time.Hour), s.now().Add(-2*time.Second)
		}), verdict: undecided, check: "status", code: "status.stale"},
		{name: "S06 a list of the future", make: lists(func(s *stage, l *verifiertest.StatusList) { l.From = s.now().Add(time.Hour) }),
			verdict: undecided, check: "status", code: "status.stale"},
		{name: "S06 an old list without an end", make: lists(func(s *stage, l *verifiertest.StatusList) { l.From = s.now().Add(-31 * 24 * time.Hour) }),
			verdict: undecided, check: "status", code: "status.stale"},
		{name: "S07 an older list after a newer one", make: func(s *stage) presented { return s.rolledBack("5") },
			verdict: undecided, check: "status", code: "status.rollback"},
		{name: "S07 revoked, and an older list that says otherwise", make: func(s *stage) presented { return s.rolledBack("7") },
			verdict: "invalid", check: "status", code: "status.revoked"},
		{name: "S09 2^26 entries and eight", make: lists(func(_ *stage, l *verifiertest.StatusList) { l.Size = 1<<26 + 8 }),
			verdict: undecided, check: "status", code: "limits.inflate"},
		{name: "S10 131,064 entries", make: lists(func(_ *stage, l *verifiertest.StatusList) { l.Size = 131_064 }),
			verdict: undecided, check: "status", code: "STATUS_LIST_LENGTH_ERROR"},
		{name: "S15 a list for suspension", make: lists(func(_ *stage, l *verifiertest.StatusList) { l.Purpose = "suspension" }),
			verdict: undecided, check: "status", code: "STATUS_VERIFICATION_ERROR"},
		{name: "S18 a list whose own status is in itself", asksStatusOnce: true, make: serves("application/vc+jwt", func(s *stage) string {
			d := s.school.StatusList(s.t, s.list()).With("/credentialStatus", verifiertest.Entry(s.listURL(), "revocation", "7"))
			return s.school.VCJWT(keys.EdDSA, d)
		}), verdict: "valid", check: "status", code: "status.clear"},
		{name: "S21 a question about the past, answered with the list of today", make: func(s *stage) presented {
			return s.asked(func(l *verifiertest.StatusList, _ time.Time) { l.Until = s.now().Add(time.Hour) })
		}, verdict: "invalid", check: "status", code: "status.revoked"},
		{name: "S21 the twin: an answer for that time", make: func(s *stage) presented {
			return s.asked(func(l *verifiertest.StatusList, then time.Time) {
				l.From, l.Until = then.Add(-time.Hour), then.Add(time.Minute)
			})
		}, verdict: "valid", check: "status", code: "status.clear"},
		{name: "S22 a ttl of a second beside a max-age of a year: revoked when the second is over", make: kept(1000, aYear),
			verdict: "invalid", check: "status", code: "status.revoked"},
		{name: "S22 a max-age of a second beside a ttl of a hundred years: the same", make: kept(verifiertest.Raw("3155760000000"), time.Second),
			verdict: "invalid", check: "status", code: "status.revoked"},
		{name: "S22 a ttl of a millisecond is taken as a second", make: kept(1, 0), verdict: "invalid", check: "status", code: "status.revoked"},
		{name: "S22 a ttl beyond every clock", make: lists(func(_ *stage, l *verifiertest.StatusList) { l.TTL = verifiertest.Raw("1e300") }),
			verdict: "valid", check: "status", code: "status.clear"},
		{name: "N05 a body of two megabytes", make: serves("application/vc+jwt", func(*stage) string { return strings.Repeat("a", 2<<20) }),
			verdict: undecided, check: "status", code: "STATUS_RETRIEVAL_ERROR"},
	}
}

const aYear = 365 * 24 * time.Hour

// kept lets the verifier see a list that says how long it may be kept, and then publishes a newer one that revokes the badge. What
// the verifier may keep for no longer than a second or two, it asks for again; that it keeps nothing for longer than an hour, which is
// too long to wait for here, is shown with another clock (verifier, TestListLifetimes).
func kept(ttl any, maxAge time.Duration) func(*stage) presented {
	return func(s *stage) presented {
		publish := func(set ...int) {
			l := s.list()
			l.TTL, l.Set = ttl, set
			s.web.PutFor(s.listURL(), "application/vc+jwt", s.school.VCJWT(keys.EdDSA, s.school.StatusList(s.t, l)), maxAge)
		}
		publish()
		in := s.signed(s.withEntry("5"))
		if r := s.there.verify(s.t, map[string]string{"credential": in.text}); r.check("status").Code != "status.clear" {
			s.t.Fatalf("by the first list: %+v", r.check("status"))
		}
		publish(5)
		eventually(s.t, "the verifier asks again", func() bool {
			return s.there.verify(s.t, map[string]string{"credential": in.text}).check("status").Code == "status.revoked"
		})
		return in
	}
}

// rolledBack lets the verifier see a newer list first, in which entry 7 is set, and then an older one that says nothing.
func (s *stage) rolledBack(index string) presented {
	newer := s.list()
	newer.TTL = 1000
	s.web.Put(s.listURL(), "application/vc+jwt", s.school.VCJWT(keys.EdDSA, s.school.StatusList(s.t, newer)))
	in := s.signed(s.withEntry(index))
	want := map[string]string{"5": "status.clear", "7": "status.revoked"}[index]
	if r := s.there.verify(s.t, map[string]string{"credential": in.text}); r.check("status").Code != want {
		s.t.Fatalf("by the newer list: %+v", r.check("status"))
	}
	older := s.list()
	older.From, older.Set = s.now().Add(-time.Hour), nil
	s.web.Put(s.listURL(), "application/vc+jwt", s.school.VCJWT(keys.EdDSA, s.school.StatusList(s.t, older)))
	before := s.web.Count(s.listURL())
	eventually(s.t, "the verifier asks again", func() bool {
		s.there.verify(s.t, map[string]string{"credential": in.text})
		return s.web.Count(s.listURL()) > before || index == "7" // what was revoked is not asked for again
	})
	return in
}

// asked asks whether a badge that is revoked today was valid three days ago, when the issuer answers with a list without
// revocations.
func (s *stage) asked(answer func(l *verifiertest.StatusList, then time.Time)) presented {
	then := s.now().AddDate(0, 0, -3).Truncate(24 * time.Hour).Add(12 * time.Hour) // what the page makes of a day
	s.listed("7", func(*verifiertest.StatusList) {})
	l := s.list()
	l.Set = nil
	answer(&l, then)
	s.web.Put(s.listURL()+"?at="+url.QueryEscape(then.Format(time.RFC3339)), "application/vc+jwt", s.school.VCJWT(keys.EdDSA, s.school.StatusList(s.t, l)))
	in := s.signed(s.withEntry("7").With("/validFrom", s.now().AddDate(0, 0, -9).Format(time.RFC3339)))
	return presented{text: in.text, at: then}
}

// token is a badge whose token names an entry of a token status list.
func (s *stage) token(index int) presented {
	claims := s.badge().Claims().With("/status", map[string]any{"status_list": map[string]any{"idx": index, "uri": s.listURL()}})
	return presented{text: s.school.JWT(keys.ES256, claims)}
}

// tokens publishes a token status list and presents a badge with that entry.
func tokens(index int, l verifiertest.TokenList) func(*stage) presented {
	return func(s *stage) presented {
		l.URL, l.From = s.listURL(), s.now()
		s.school.PublishTokens(s.t, keys.EdDSA, l)
		return s.token(index)
	}
}

func entryThreats() []threat {
	var out []threat
	for n, index := range []string{`"-1"`, `"05"`, `"1e3"`, `"٥"`, `null`, `"18446744073709551621"`} {
		out = append(out, threat{name: fmt.Sprintf("S12 %d, an index of %s", n+1, index), make: func(s *stage) presented {
			return s.listed(verifiertest.Raw(index), func(*verifiertest.StatusList) {})
		}, verdict: "invalid", check: "status", code: "status.index"})
	}
	several := func(entries func(s *stage) []any) func(*stage) presented {
		return func(s *stage) presented {
			s.listed("5", func(*verifiertest.StatusList) {})
			l := verifiertest.StatusList{URL: s.listURL() + "/suspension", Purpose: "suspension", Set: []int{7}, From: s.now()}
			s.school.PublishList(s.t, keys.EdDSA, l)
			return s.signed(s.badge().With("/credentialStatus", entries(s)))
		}
	}
	suspended := func(s *stage, i string) any { return verifiertest.Entry(s.listURL()+"/suspension", "suspension", i) }
	revoked := func(s *stage, i string) any { return verifiertest.Entry(s.listURL(), "revocation", i) }
	strange := func(s *stage) any { return map[string]any{"type": "LunarStatus", "id": s.canaryURL()} }
	return append(out, []threat{
		{name: "S13 the bit that is set", make: func(s *stage) presented { return s.listed("1", func(l *verifiertest.StatusList) { l.Set = []int{1} }) },
			verdict: "invalid", check: "status", code: "status.revoked"},
		{name: "S13 its mirror", make: func(s *stage) presented { return s.listed("6", func(l *verifiertest.StatusList) { l.Set = []int{1} }) },
			verdict: "valid", check: "status", code: "status.clear"},
		{name: "S13 a token list, the bit that is set", make: tokens(1, verifiertest.TokenList{Bits: 1, Values: map[int]int{1: 1}}),
			verdict: "invalid", check: "status", code: "status.revoked"},
		{name: "S13 a token list, its mirror", make: tokens(6, verifiertest.TokenList{Bits: 1, Values: map[int]int{1: 1}}),
			verdict: "valid", check: "status", code: "status.clear"},
		{name: "S16 not suspended, and revoked", make: several(func(s *stage) []any { return []any{suspended(s, "5"), revoked(s, "7")} }),
			verdict: "invalid", check: "status", code: "status.revoked"},
		{name: "S16 neither", make: several(func(s *stage) []any { return []any{suspended(s, "5"), revoked(s, "5")} }),
			verdict: "valid", check: "status", code: "status.clear"},
		{name: "S16 an empty array", make: several(func(*stage) []any { return []any{} }), verdict: "invalid", check: "status", code: "status.empty"},
		{name: "S16 an unknown kind beside a clear one", make: several(func(s *stage) []any { return []any{strange(s), revoked(s, "5")} }),
			verdict: "undecided", check: "status", code: "status.type_unknown"},
		{name: "S19 a stranger's badge with a list at a canary", make: func(s *stage) presented {
			d := s.badgeOf(s.stranger).With("/credentialStatus", verifiertest.Entry(s.canaryURL(), "revocation", "5"))
			return presented{text: s.stranger.JWT(keys.ES256, d.Claims())}
		}, verdict: "undecided", check: "status", code: "status.not_looked_up"},
		{name: "S19 a bad signature in the school's name, with a list at a canary", make: func(s *stage) presented {
			d := s.badge().With("/credentialStatus", verifiertest.Entry(s.canaryURL(), "revocation", "5"))
			return presented{text: s.stranger.Sign(keys.ES256, s.school.Header(keys.ES256).Text(), d.Claims().Text())}
		}, verdict: "invalid", check: "status", code: "status.not_looked_up"},
	}...)
}

func timeThreats() []threat {
	until := func(at func(s *stage) string) func(*stage) presented {
		return plain(func(s *stage, d verifiertest.Doc) verifiertest.Doc { return d.With("/validUntil", at(s)) })
	}
	// A clock that is wrong is one that differs from that of whoever signed: what is signed is moved, not the clock of this machine.
	apart := func(d time.Duration, life time.Duration) func(*stage) presented {
		return func(s *stage) presented {
			l := s.list()
			l.From, l.Until = s.now().Add(d), s.now().Add(d+life)
			s.web.Put(s.listURL(), "application/vc+jwt", s.school.VCJWT(keys.EdDSA, s.school.StatusList(s.t, l)))
			entry := s.withEntry("5").With("/validFrom", s.now().Add(min(d, 0)-time.Hour).Format(time.RFC3339))
			return s.signed(entry)
		}
	}
	const decade = 10 * 365 * 24 * time.Hour
	fixed := func(text string) func(*stage) string { return func(*stage) string { return text } }
	return []threat{
		{name: "T01 it ended a second ago", make: until(func(s *stage) string { return s.now().Add(-time.Second).Format(time.RFC3339) }),
			verdict: "invalid", check: "time", code: "time.expired"},
		{name: "T01 it begins in an hour", make: plain(func(s *stage, d verifiertest.Doc) verifiertest.Doc {
			return d.With("/validFrom", s.now().Add(time.Hour).Format(time.RFC3339))
		}), verdict: "invalid", check: "time", code: "time.not_yet_valid"},
		{name: "T02 our clock is half a minute behind", make: apart(30*time.Second, time.Hour), verdict: "valid", check: "status", code: "status.clear"},
		{name: "T02 our clock is a day behind", make: apart(24*time.Hour, 48*time.Hour), verdict: "undecided", check: "status", code: "status.stale",
			warning: "clock.suspect"},
		{name: "T02 our clock is ten years behind", make: apart(decade, time.Hour), verdict: "undecided", check: "status", code: "status.stale",
			warning: "clock.suspect"},
		{name: "T02 our clock is ten years ahead", make: apart(-decade, 24*time.Hour), verdict: "undecided", check: "status", code: "status.stale"},
		{name: "T02 our clock is ten years ahead, and the badge has no end", make: func(s *stage) presented {
			in := s.withEntry("5").With("/validFrom", s.now().Add(-decade).Format(time.RFC3339)).Without("/validUntil")
			l := s.list()
			l.From, l.Until = s.now().Add(-decade), time.Time{}
			s.web.Put(s.listURL(), "application/vc+jwt", s.school.VCJWT(keys.EdDSA, s.school.StatusList(s.t, l)))
			return s.signed(in)
		}, verdict: "undecided", check: "status", code: "status.stale"},
		{name: "T04 a date in a string", make: claimed(func(_ *stage, d verifiertest.Doc) verifiertest.Doc { return d.With("/nbf", fmt.Sprint(d["nbf"])) }),
			verdict: "invalid", check: "form", code: "time.syntax"},
		{name: "T04 an exponent", make: claimed(func(_ *stage, d verifiertest.Doc) verifiertest.Doc { return d.With("/exp", verifiertest.Raw("1e20")) }),
			verdict: "invalid", check: "form", code: "time.syntax"},
		{name: "T08 until a leap day", make: until(fixed("2096-02-29T23:59:59Z")), verdict: "valid", check: "time", code: "time.ok"},
		{name: "T08 beyond 2106", make: until(fixed("2106-02-07T06:28:16Z")), verdict: "valid", check: "time", code: "time.ok"},
		{name: "T08 until a leap day that is over", make: plain(func(_ *stage, d verifiertest.Doc) verifiertest.Doc {
			return d.With("/validFrom", "2024-01-01T00:00:00Z").With("/validUntil", "2024-02-29T23:59:59Z")
		}), verdict: "invalid", check: "time", code: "time.expired"},
	}
}

func addressThreats() []threat {
	odd := func(id func(s *stage) string) func(*stage) presented {
		return func(s *stage) presented {
			i := s.school.As(id(s))
			return presented{text: i.JWT(keys.ES256, s.badgeOf(i).Claims())}
		}
	}
	return []threat{
		{name: "N07 did:web that climbs", make: odd(func(s *stage) string { return didAt(s.base, "..:school-0") }),
			verdict: "invalid", check: "binding", code: "did.syntax"},
		{name: "N07 did:web that climbs, percent-encoded", make: odd(func(s *stage) string { return didAt(s.base, "%2e%2e%2fschool-0") }),
			verdict: "invalid", check: "binding", code: "did.syntax"},
		{name: "N07 did:web with a user", make: odd(func(s *stage) string { return "did:web:user%40127.0.0.1%3A" + s.canary.port }),
			verdict: "invalid", check: "binding", code: "did.syntax"},
		{name: "N08 a schema at a canary", make: plain(func(s *stage, d verifiertest.Doc) verifiertest.Doc {
			return d.With("/credentialSchema", map[string]any{"id": s.canaryURL(), "type": "JsonSchema", "$ref": "file:///etc/hostname"})
		}), verdict: "valid", check: "schema", code: "schema.ok"},
		{name: "N08 a picture at a canary", make: plain(func(s *stage, d verifiertest.Doc) verifiertest.Doc {
			return d.With("/image", map[string]any{"id": s.canaryURL(), "type": "Image"})
		}), verdict: "valid", check: "proof", code: "proof.ok"},
	}
}
