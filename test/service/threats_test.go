package service_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

func threatScenarios() []scenario {
	return []scenario{
		{"J01 to T08: the same answer to each row from API, page and command line", everyThreat},
		{"S25: what is revoked is revoked by API, page, command line and elsewhere", revokedEveryWay},
		{"N11: a hundred lists of hosts that nobody trusts are not asked for", manyHosts},
	}
}

// threat is a row of the threat table as the running service meets it.
type threat struct {
	name string // begins with the row
	// make publishes what the row needs and returns what is presented.
	make        func(s *stage) presented
	verdict     string
	check, code string
	warning     string // that has to stand beside it; "" for whatever
	// entry changes what the verifier's trust list says of the school, whose DID it is given; nil leaves it.
	entry          func(school string, e map[string]any)
	asksStatusOnce bool // the status list is asked for by each way no more than once
}

// presented is what somebody hands to the verifier.
type presented struct {
	text string
	at   time.Time // the moment to judge for, noon of a day; zero is now
}

// stage is a verifier of its own, and the web that one row needs: an issuer whom the verifier trusts, a stranger, and canaries
// that nobody may reach.
type stage struct {
	t        *testing.T
	there    *deployment
	web      *verifiertest.Web
	base     string // of the web
	row      int
	school   *verifiertest.Issuer // trusted
	stranger *verifiertest.Issuer // not trusted
	canary   *canary
}

// now is the second in which the row began.
func (s *stage) now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// badge is a badge of the school that conforms to every rule, is valid now, and has no status.
func (s *stage) badge() verifiertest.Doc { return s.badgeOf(s.school) }

func (s *stage) badgeOf(i *verifiertest.Issuer) verifiertest.Doc {
	from, until := s.now().Add(-24*time.Hour), s.now().AddDate(2, 0, 0)
	return i.Badge().With("/validFrom", from.Format(time.RFC3339)).With("/validUntil", until.Format(time.RFC3339))
}

// signed is a document of the school as Open Badges JWT.
func (s *stage) signed(d verifiertest.Doc) presented {
	return presented{text: s.school.JWT(keys.ES256, d.Claims())}
}

// listURL is where the row's status list stands.
func (s *stage) listURL() string { return fmt.Sprintf("%s/lists/%d", s.base, s.row) }

// canaryURL leads to the canary.
func (s *stage) canaryURL() string { return "http://127.0.0.1:" + s.canary.port + "/canary" }

// list is the row's ordinary list: made now, entry 7 set.
func (s *stage) list() verifiertest.StatusList {
	return verifiertest.StatusList{URL: s.listURL(), Set: []int{7}, From: s.now()}
}

// withEntry is a badge with an entry in the row's list.
func (s *stage) withEntry(index any) verifiertest.Doc {
	return s.badge().With("/credentialStatus", verifiertest.Entry(s.listURL(), "revocation", index))
}

// listed publishes the list as it is changed, and presents a badge with that entry.
func (s *stage) listed(index any, change func(*verifiertest.StatusList)) presented {
	l := s.list()
	change(&l)
	s.web.Put(s.listURL(), "application/vc+jwt", s.school.VCJWT(keys.EdDSA, s.school.StatusList(s.t, l)))
	return s.signed(s.withEntry(index))
}

// served presents a badge of whose list the web says this.
func (s *stage) served(contentType, body string) presented {
	s.web.Put(s.listURL(), contentType, body)
	return s.signed(s.withEntry("5"))
}

// theWeb serves pages of the made-up web over HTTP, until the test ends. A page of the type "redirect" leads elsewhere.
func theWeb(t *testing.T, web *verifiertest.Web) (base string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		page, err := web.Get(r.Context(), "http://"+r.Host+r.URL.RequestURI(), "")
		if err != nil { // identities are published under https
			page, err = web.Get(r.Context(), "https://"+r.Host+r.URL.RequestURI(), "")
		}
		var d *fault.Defect
		switch {
		case errors.As(err, &d) && d.Code == "fetch.status":
			http.Error(out, "not here", http.StatusNotFound)
		case err != nil:
			http.Error(out, "not now", http.StatusBadGateway)
		case page.ContentType == "redirect":
			http.Redirect(out, r, string(page.Body), http.StatusFound)
		default:
			out.Header().Set("Content-Type", page.ContentType)
			if page.MaxAge > 0 {
				out.Header().Set("Cache-Control", fmt.Sprintf("max-age=%d", int64(page.MaxAge.Seconds())))
			}
			_, _ = out.Write(page.Body)
		}
	})}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return "http://" + l.Addr().String()
}

// didAt is the identity below a folder of the web.
func didAt(base, folder string) string {
	return "did:web:" + strings.ReplaceAll(strings.TrimPrefix(base, "http://"), ":", "%3A") + ":" + folder
}

func everyThreat(t *testing.T, w *world) {
	web, rows := verifiertest.NewWeb(), threatRows()
	base := theWeb(t, web)
	trusted := make([]any, 0, len(rows))
	for n, row := range rows {
		school := didAt(base, fmt.Sprintf("school-%d", n))
		e := map[string]any{"id": school, "types": []string{"Certificate"}}
		if row.entry != nil {
			row.entry(school, e)
		}
		trusted = append(trusted, e)
	}
	list, err := json.Marshal(map[string]any{"issuers": trusted})
	if err != nil {
		t.Fatal(err)
	}
	there := w.elsewhere(t, string(list), "--fetch-allow", loopback)
	seen := map[string]bool{}
	for n, row := range rows {
		id, _, _ := strings.Cut(row.name, " ")
		seen[id] = true
		t.Run(row.name, func(t *testing.T) {
			c := newCanary(t)
			s := &stage{
				t: t, there: there, web: web, base: base, row: n, canary: c,
				school:   verifiertest.NewIssuer(t, web, didAt(base, fmt.Sprintf("school-%d", n)), keys.ES256, keys.EdDSA),
				stranger: verifiertest.NewIssuer(t, web, didAt(base, fmt.Sprintf("stranger-%d", n)), keys.ES256, keys.EdDSA),
			}
			r := s.everywhere(t, row.make(s))
			if got := r.check(row.check); r.Verdict != row.verdict || got.Code != row.code {
				t.Errorf("%s, %s %s; want %s, %s\n%+v", r.Verdict, got.ID, got.Code, row.verdict, row.code, r.Checks)
			}
			if row.warning != "" && !slices.ContainsFunc(r.Warnings, func(w warning) bool { return w.Code == row.warning }) {
				t.Errorf("no warning %s: %+v", row.warning, r.Warnings)
			}
			if n := c.calls.Load(); n != 0 {
				t.Errorf("%d connections to the canary", n)
			}
			if asked := web.Count(s.listURL()); row.asksStatusOnce && asked > 2 { // the server once for API and page, the command line once
				t.Errorf("the list was asked for %d times", asked)
			}
		})
	}
	for _, id := range strings.Fields("J01 J02 J14 J17 J26 J28 K01 K03 K04 K06 K07 K09 K10 K12 K13 K15 K16 K18 " +
		"S01 S03 S04 S06 S07 S09 S10 S12 S13 S15 S16 S18 S19 S21 S22 T01 T02 T04 T05 T08 N05 N07 N08") {
		if !seen[id] {
			t.Errorf("no row is about %s", id)
		}
	}
}

// everywhere presents something to API, page and command line, which must all say the same of every check.
func (s *stage) everywhere(t *testing.T, in presented) result {
	t.Helper()
	body := map[string]string{"credential": in.text}
	args := []string{"verify", "-", "--json", "--fetch-allow", loopback}
	if list := filepath.Join(s.there.dir, "trust.json"); slices.Contains(s.there.flags, list) {
		args = append(args, "--trust", list)
	}
	day := ""
	if !in.at.IsZero() {
		body["at"], day = in.at.Format(time.RFC3339), in.at.Format(time.DateOnly)
		args = append(args, "--at", body["at"])
	}
	r := s.there.verify(t, body)
	if len(r.Checks) != 10 {
		t.Fatalf("%d checks: %+v", len(r.Checks), r)
	}
	html := s.there.page(t, map[string]string{"text": in.text, "at": day})
	if !strings.Contains(html, `class="strip `+r.Verdict) {
		t.Errorf("the API says %s, the page something else", r.Verdict)
	}
	for _, c := range r.Checks {
		if !strings.Contains(html, ">"+c.Code+"</bdi>") {
			t.Errorf("the page does not say %s of %s", c.Code, c.ID)
		}
	}
	for _, w := range r.Warnings {
		if !strings.Contains(html, ">"+w.Code+"</bdi>") {
			t.Errorf("the page does not warn of %s", w.Code)
		}
	}
	o := s.there.command(t, []byte(in.text), append(args, s.there.place()...)...)
	var line result
	if err := json.Unmarshal([]byte(o.out), &line); err != nil {
		t.Fatalf("by the command line: %d %s%s", o.code, o.out, o.errors)
	}
	want := map[string]int{"valid": 0, "invalid": 1, "undecided": 2}[r.Verdict]
	if o.code != want || line.Verdict != r.Verdict {
		t.Errorf("the API says %s, the command line %s and ends with %d", r.Verdict, line.Verdict, o.code)
	}
	// The server may warn of more: it remembers what it has seen before.
	for _, w := range line.Warnings {
		if !slices.Contains(r.Warnings, w) {
			t.Errorf("the command line warns of %s, the API does not", w.Code)
		}
	}
	for n, c := range r.Checks {
		if n < len(line.Checks) && (line.Checks[n].Outcome != c.Outcome || line.Checks[n].Code != c.Code) {
			t.Errorf("%s: the API says %s %s, the command line %s %s", c.ID, c.Outcome, c.Code, line.Checks[n].Outcome, line.Checks[n].Code)
		}
	}
	return r
}

// page hands something in at the verify page, as a browser does, and returns what it shows.
func (d *deployment) page(t *testing.T, fields map[string]string) string {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := m.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	a := d.ask(t, question{
		method: http.MethodPost, path: "/verify", body: body.Bytes(),
		header: map[string]string{"Content-Type": m.FormDataContentType(), "Accept": "text/html", "Origin": d.base},
	})
	return string(a.want(t, http.StatusOK).body)
}

// closedPort is an address on loopback at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// revokedEveryWay revokes an award and asks this deployment, which made it, and another one that trusts it.
func revokedEveryWay(t *testing.T, w *world) {
	there := w.elsewhere(t, w.school.DID, "--fetch-allow", loopback)
	a := w.award(t, nil)
	in := presented{text: string(w.signed(t, a))}
	w.revoke(t, a)
	for name, d := range map[string]*deployment{"here": w.deployment, "elsewhere": there} {
		s := &stage{there: d}
		if r := s.everywhere(t, in); r.Verdict != "invalid" || r.check("status").Code != "status.revoked" {
			t.Errorf("%s: %s, %+v", name, r.Verdict, r.check("status"))
		}
	}
}

// manyHosts presents badges of an issuer that nobody trusts, each with a list at another host.
func manyHosts(t *testing.T, w *world) {
	there := w.elsewhere(t, w.school.DID, "--fetch-allow", loopback)
	c, k := canaryAt(t, "0.0.0.0"), newKey(t)
	for n := range 100 {
		list := fmt.Sprintf("http://127.0.%d.%d:%s/list", n/10, n%10+1, c.port)
		if r := there.verify(t, map[string]string{"credential": k.credential(t, k.did, list)}); r.Verdict != "undecided" || r.check("status").Code != "status.not_looked_up" {
			t.Fatalf("%s: %s, %+v", list, r.Verdict, r.check("status"))
		}
	}
	if n := c.calls.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
}
