package trust_test

import (
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier/trust"
)

const (
	keeper = "did:web:keeper.example.org"
	heir   = "did:web:heir.example.org"
)

// TestWhoMayKeepStatusLists: only whom the entry of the issuer names, and the successor once the issuer's time is over.
func TestWhoMayKeepStatusLists(t *testing.T) {
	closed := trust.Entry{ID: school, Until: noon, Keep: true, Successor: heir, StatusBy: []string{keeper}}
	for _, tc := range []struct {
		name, issuer, who string
		at                time.Time
		entry             trust.Entry
		want              bool
	}{
		{"who is named", school, keeper, noon, closed, true},
		{"who is named, after the issuer closed", school, keeper, noon.AddDate(1, 0, 0), closed, true},
		{"who is named, in another spelling", school, "did:web:Keeper.example.org", noon, closed, false},
		{"who is named for another issuer", "did:web:other.example.org", keeper, noon, closed, false},
		{"who is named, before the entry holds", school, keeper, noon, trust.Entry{ID: school, From: noon.Add(time.Second), StatusBy: []string{keeper}}, false},
		{"the successor, after the end", school, heir, noon.Add(time.Second), closed, true},
		{"the successor, at the last moment", school, heir, noon, closed, false},
		{"the successor of an issuer without an end", school, heir, noon, trust.Entry{ID: school, Successor: heir}, false},
		{"nobody", school, "", noon.Add(time.Second), trust.Entry{ID: school, Until: noon}, false},
		{"a stranger", school, "did:web:stranger.example.org", noon.Add(time.Second), closed, false},
	} {
		if got := list(t, tc.entry).MayKeepStatus(t.Context(), tc.issuer, tc.who, tc.at); got != tc.want {
			t.Errorf("%s: %t", tc.name, got)
		}
	}
	var none *trust.List
	if none.MayKeepStatus(t.Context(), school, keeper, noon) {
		t.Error("no list lets somebody keep status lists")
	}
}

// TestStatusKeepersAreRead: the member status_by, and what is no list of issuers there.
func TestStatusKeepersAreRead(t *testing.T) {
	l, err := trust.Parse([]byte(`{"issuers":[{"id":"` + school + `","status_by":["` + keeper + `"]}]}`))
	if err != nil || !l.MayKeepStatus(t.Context(), school, keeper, noon) {
		t.Error(err)
	}
	for _, wrong := range []string{`[]`, `"` + keeper + `"`, `["nobody"]`, `[""]`, `[1]`, `true`} {
		if _, err := trust.Parse([]byte(`{"issuers":[{"id":"` + school + `","status_by":` + wrong + `}]}`)); fault.Describe(err).Code != "trust.list" {
			t.Errorf("%s is read: %v", wrong, err)
		}
	}
}

// TestFollowedListsNameKeepersOnlyOfWhomTheyKnowAlone: the operator's own list decides about the issuers that it names.
func TestFollowedListsNameKeepersOnlyOfWhomTheyKnowAlone(t *testing.T) {
	const url = "https://ministry.example/list"
	now := noon
	o := newOwner(t)
	s := &shelf{pages: map[string]string{url: o.sign(t, url, `{"issuers":[{"id":"`+school+`","status_by":["`+keeper+`"]}]}`)}}
	ref := trust.Reference{URL: url, Issuer: o.did}
	if !book(t, s, &now, ref).MayKeepStatus(t.Context(), school, keeper, noon) {
		t.Error("the followed list names the keeper")
	}
	if book(t, s, &now, ref).MayKeepStatus(t.Context(), school, heir, noon) {
		t.Error("nobody names the heir")
	}
	own, err := trust.Parse([]byte(`{"issuers":["` + school + `"],"lists":[{"url":"` + url + `","issuer":"` + o.did + `"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	b := trust.NewBook(trust.Config{Root: func() *trust.List { return own }, Fetch: s, Keys: did.New(did.Config{}), Clock: func() time.Time { return now }})
	if b.MayKeepStatus(t.Context(), school, keeper, noon) {
		t.Error("a followed list adds a keeper to an issuer of the own list")
	}
	s.pages[url] = "nothing"
	if book(t, s, &now, ref).MayKeepStatus(t.Context(), school, keeper, noon) {
		t.Error("a list that cannot be read names a keeper")
	}
}
