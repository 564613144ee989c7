package trust_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/verifier/trust"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) // never changed

const school = "did:web:school.example.org"

func list(t *testing.T, entries ...trust.Entry) *trust.List {
	t.Helper()
	l, err := trust.New(entries...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDecisions(t *testing.T) {
	limited := trust.Entry{
		ID: school, Types: []string{"Course", "CertificateOfCompletion"},
		From: noon.AddDate(-1, 0, 0), Until: noon.AddDate(1, 0, 0),
	}
	for _, tc := range []struct {
		name, issuer, kind string
		at                 time.Time
		code               string
	}{
		{"a listed issuer, type and time is trusted", school, "Course", noon, trust.OK},
		{"the first moment is inside", school, "Course", limited.From, trust.OK},
		{"the last moment is inside", school, "Course", limited.Until, trust.OK},
		{"a moment before the first", school, "Course", limited.From.Add(-time.Second), trust.NotYet},
		{"a moment after the last", school, "Course", limited.Until.Add(time.Second), trust.Ended},
		{"K10: another type of achievement", school, "License", noon, trust.TypeNotAllowed},
		{"K10: a type in other case", school, "course", noon, trust.TypeNotAllowed},
		{"K10: a credential without a type", school, "", noon, trust.TypeNotAllowed},
		{"a stranger", "did:web:other.example.org", "Course", noon, trust.UnknownIssuer},
		{"nobody", "", "Course", noon, trust.UnknownIssuer},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := list(t, limited).Decide(context.Background(), about(tc.issuer, tc.kind, tc.at))
			if d.Code != tc.code || d.Trusted != (tc.code == trust.OK) || d.Detail == "" {
				t.Errorf("got %+v, want %s", d, tc.code)
			}
		})
	}
}

// TestIssuersAreComparedByteByByte is threat K07.
func TestIssuersAreComparedByteByByte(t *testing.T) {
	for trusted, others := range map[string][]string{
		"https://school.example.org/issuer": {
			"https://School.example.org/issuer", "https://school.example.org:443/issuer", "https://school.example.org/issuer/",
			"https://school%2eexample.org/issuer", "https://u@school.example.org/issuer", "HTTPS://school.example.org/issuer",
			"https://school.example.org/%69ssuer", "http://school.example.org/issuer", "https://school.example.org./issuer",
		},
		"did:web:bücher.example": {"did:web:xn--bcher-kva.example", "did:web:bu\u0308cher.example"},
		school:                   {"did:web:School.example.org", "did:web:school.example.org:", "did:web:school.example.org%3A443", school + " ", "DID:web:school.example.org"},
	} {
		l := list(t, trust.Entry{ID: trusted})
		if d := l.Decide(context.Background(), about(trusted, "", noon)); !d.Trusted {
			t.Errorf("%s is not trusted: %+v", trusted, d)
		}
		for _, other := range others {
			if d := l.Decide(context.Background(), about(other, "", noon)); d.Trusted || d.Code != trust.UnknownIssuer {
				t.Errorf("%q stands for %q: %+v", other, trusted, d)
			}
		}
	}
}

// TestAnEntryForSomebodyElseNeverHelps is threat K09: a source that answers for another issuer than the one asked for.
func TestAnEntryForSomebodyElseNeverHelps(t *testing.T) {
	b := trust.Entry{ID: "did:web:b.example"}
	if d := trust.Decide([]trust.Entry{b}, about("did:web:a.example", "Course", noon)); d.Trusted || d.Code != trust.SubjectMismatch {
		t.Errorf("got %+v", d)
	}
	if d := trust.Decide([]trust.Entry{b, {ID: "did:web:a.example"}}, about("did:web:a.example", "Course", noon)); !d.Trusted {
		t.Errorf("the right entry behind a wrong one: %+v", d)
	}
}

func TestOneOfSeveralEntriesIsEnough(t *testing.T) {
	ended := trust.Entry{ID: school, Until: noon.AddDate(0, -1, 0)}
	narrow := trust.Entry{ID: school, Types: []string{"Course"}}
	l := trust.Merge(list(t, ended), nil, list(t, narrow))
	if l.Len() != 2 {
		t.Fatalf("%d entries", l.Len())
	}
	if d := l.Decide(context.Background(), about(school, "Course", noon)); !d.Trusted || d.Entry == nil || len(d.Entry.Types) != 1 {
		t.Errorf("got %+v", d)
	}
	if d := l.Decide(context.Background(), about(school, "License", noon)); d.Code != trust.Ended {
		t.Errorf("the nearest refusal is told: got %+v", d)
	}
}

func TestNobodyIsTrustedWithoutAList(t *testing.T) {
	var l *trust.List
	if d := l.Decide(context.Background(), about(school, "Course", noon)); d.Trusted || d.Code != trust.UnknownIssuer || l.Len() != 0 || l.Entries() != nil {
		t.Errorf("got %+v", d)
	}
	if d := trust.Merge().Decide(context.Background(), about(school, "", noon)); d.Trusted {
		t.Errorf("got %+v", d)
	}
	if _, err := trust.New(trust.Entry{}); err == nil {
		t.Error("an entry without an id is taken")
	}
}

func TestAListDoesNotChangeWithItsEntries(t *testing.T) {
	types := []string{"Course"}
	l := list(t, trust.Entry{ID: school, Types: types})
	types[0] = "License"
	if diff := cmp.Diff([]string{"Course"}, l.Entries()[0].Types); diff != "" {
		t.Error(diff)
	}
}

func ExampleList_Decide() {
	l, err := trust.Parse([]byte(`{"issuers": [{"id": "did:web:school.example.org", "name": "Our school", "types": ["Course"]}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	fmt.Println(l.Decide(context.Background(), about("did:web:school.example.org", "Course", now)).Code)
	fmt.Println(l.Decide(context.Background(), about("did:web:school.example.org", "License", now)).Code)
	// Output:
	// trust.ok
	// trust.type_not_allowed
}

// about puts a question about a credential that is issued at the moment to judge for.
func about(issuer, kind string, at time.Time) trust.Question {
	return trust.Question{Issuer: issuer, Type: kind, Issued: at, At: at}
}
