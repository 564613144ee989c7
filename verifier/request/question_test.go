package request_test

import (
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier/request"
)

// TestWhatCannotBeAsked: every part of a question that is refused, at its place, beside the nearest that is taken.
func TestWhatCannotBeAsked(t *testing.T) {
	const zwnj = "\u200c" // which words of Persian need
	vcapi := func(o *request.Order) { o.Dialect, o.Client = request.VCAPI, "" }
	for _, row := range []struct {
		name   string
		change func(*request.Order)
		at     string // "-": it is asked
	}{
		{"a question", func(*request.Order) {}, "-"},
		{"nobody", func(o *request.Order) { o.Asker = " " }, "/asker"},
		{"no reason", func(o *request.Order) { o.Purpose = "" }, "/purpose"},
		{"a name of 200 bytes", func(o *request.Order) { o.Asker = strings.Repeat("x", 200) }, "-"},
		{"a name of 201 bytes", func(o *request.Order) { o.Asker = strings.Repeat("x", 201) }, "/asker"},
		{"a name that is not UTF-8", func(o *request.Order) { o.Asker = "\xff" }, "/asker"},
		{"a name with a joiner", func(o *request.Order) { o.Asker = "a" + zwnj + "b" }, "-"},
		{"a name that turns the text", func(o *request.Order) { o.Asker = "a\u202eb" }, "/asker"},
		{"an achievement", func(o *request.Order) { o.Achievement = "urn:x:1" }, "-"},
		{"an achievement by its name", func(o *request.Order) { o.Achievement = "first aid" }, "/achievement"},
		{"an issuer by its domain", func(o *request.Order) { o.Issuers = []string{"school.example"} }, "-"},
		{"an issuer by its DID", func(o *request.Order) { o.Issuers = []string{"did:web:school.example"} }, "-"},
		{"an issuer by its name", func(o *request.Order) { o.Issuers = []string{"school"} }, "/issuers"},
		{"16 issuers", func(o *request.Order) { o.Issuers = strings.Fields(strings.Repeat("a.example ", 16)) }, "-"},
		{"17 issuers", func(o *request.Order) { o.Issuers = strings.Fields(strings.Repeat("a.example ", 17)) }, "/issuers"},
		{"two formats", func(o *request.Order) { o.Formats = []request.Format{request.LDP, request.JWT} }, "-"},
		{"a format twice", func(o *request.Order) { o.Formats = []request.Format{request.LDP, request.LDP} }, "/formats"},
		{"an unknown format", func(o *request.Order) { o.Formats = []request.Format{"mso_mdoc"} }, "/formats"},
		{"an unknown dialect", func(o *request.Order) { o.Dialect = "siop" }, "/dialect"},
		{"an unknown client", func(o *request.Order) { o.Client = "origin" }, "/client"},
		{"an encrypted answer", func(o *request.Order) { o.Encrypted = true }, "-"},
		{"an encrypted answer of the drafts", func(o *request.Order) { o.Dialect, o.Encrypted = request.Legacy, true }, "/encrypted"},
		{"the VC-API", vcapi, "-"},
		{"the VC-API with a client", func(o *request.Order) { vcapi(o); o.Client = request.DID }, "/client"},
		{"the VC-API, encrypted", func(o *request.Order) { vcapi(o); o.Encrypted = true }, "/encrypted"},
		{"the VC-API in its own format", func(o *request.Order) { vcapi(o); o.Formats = []request.Format{request.LDP} }, "-"},
		{"the VC-API in another format", func(o *request.Order) { vcapi(o); o.Formats = []request.Format{request.JWT} }, "/formats"},
		{"the VC-API with its older proofs", func(o *request.Order) { vcapi(o); o.Compatible = []request.Compatibility{request.Ed25519Signature2020} }, "-"},
		{"without state", func(o *request.Order) { o.Compatible = []request.Compatibility{request.WithoutState} }, "-"},
		{"without state, where there never is one", func(o *request.Order) { vcapi(o); o.Compatible = []request.Compatibility{request.WithoutState} }, "/compatible"},
		{"older proofs elsewhere", func(o *request.Order) { o.Compatible = []request.Compatibility{request.Ed25519Signature2020} }, "/compatible"},
		{"a claim that nobody can hide", func(o *request.Order) { o.Claims = []request.Claim{"achievement"} }, "/claims"},
		{"a claim twice", func(o *request.Order) { o.Claims = []request.Claim{request.ClaimName, request.ClaimName} }, "/claims"},
		{"a way back in clear", func(o *request.Order) { o.ReturnTo = "http://clinic.example/back" }, "/return_to"},
		{"a way back into an app", func(o *request.Order) { o.ReturnTo = "javascript:alert(1)" }, "/return_to"},
		{"a way back with a fragment", func(o *request.Order) { o.ReturnTo = "https://clinic.example/back#x" }, "/return_to"},
		{"a way back with a password", func(o *request.Order) { o.ReturnTo = "https://a:b@clinic.example/" }, "/return_to"},
		{"a way back with a code already", func(o *request.Order) { o.ReturnTo = "https://clinic.example/?response_code=1" }, "/return_to"},
		{"a way back in the VC-API", func(o *request.Order) { vcapi(o); o.ReturnTo = "https://clinic.example/back" }, "/return_to"},
		{"a way back, by nobody known", func(o *request.Order) { o.ReturnTo = "https://clinic.example/back" }, "/return_to"},
		{"every claim", func(o *request.Order) { o.Claims = request.AllClaims() }, "-"},
		{"older proofs twice", func(o *request.Order) {
			vcapi(o)
			o.Compatible = []request.Compatibility{request.Ed25519Signature2020, request.Ed25519Signature2020}
		}, "/compatible"},
		{"another compatibility", func(o *request.Order) { vcapi(o); o.Compatible = []request.Compatibility{"any"} }, "/compatible"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, o := &shelf{}, order()
			row.change(&o)
			_, _, err := request.New(request.Config{Store: s}).Create(t.Context(), o, request.Asker{})
			switch p := fault.Describe(err); {
			case row.at == "-" && (err != nil || s.inserted != 1):
				t.Errorf("%d kept, %v", s.inserted, err)
			case row.at != "-" && (err == nil || p.Kind != fault.Invalid && row.name != "a way back, by nobody known" || p.Pointer != row.at || s.inserted != 0):
				t.Errorf("%d kept, %v at %q", s.inserted, err, p.Pointer)
			}
		})
	}
}

// TestARequestThatIsOver: a wallet may answer one that is there and open, and until its end.
func TestARequestThatIsOver(t *testing.T) {
	now := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name  string
		state request.State
		end   time.Time
		read  error
		code  string
	}{
		{"open", request.Open, now.Add(time.Second), nil, ""},
		{"at its end", request.Open, now, nil, "request.expired"},
		{"answered", request.Answered, now.Add(time.Second), nil, "request.answered"},
		{"unknown", request.Open, now.Add(time.Second), fault.New(fault.NotFound, nil, "no such request"), "request.unknown"},
	} {
		s := &shelf{read: row.read}
		s.kept.State, s.kept.ExpiresAt = row.state, row.end
		_, err := request.New(request.Config{Store: s, Clock: func() time.Time { return now }}).ForWallet(t.Context(), "r")
		if p := fault.Describe(err); (err == nil) != (row.code == "") || err != nil && (p.Code != row.code || p.Kind != fault.Invalid) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}
