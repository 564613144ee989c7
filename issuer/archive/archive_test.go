package archive_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/archive"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/keyring"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

const base = "https://badges.example.org"

// deployment is everything that an archive is made of, in memory.
type deployment struct {
	lists  []statuslist.List
	broken string // what cannot be read
}

func (d *deployment) err(what string) error {
	if d.broken == what {
		return errors.New(what + " cannot be read")
	}
	return nil
}

func (d *deployment) Achievements(_ context.Context, issuerRef string) ([]catalog.Achievement, error) {
	return []catalog.Achievement{{ID: "ach_" + issuerRef, IssuerID: issuerRef, Version: 2}}, d.err("achievements")
}

func (d *deployment) Achievement(_ context.Context, issuerRef, ref string, version int) (catalog.Achievement, error) {
	a := catalog.Achievement{ID: ref, IssuerID: issuerRef, Version: version}
	if version == 2 {
		a.Image = &catalog.Image{Type: "image/png", Data: []byte("png")}
	}
	return a, d.err("achievement")
}

func (d *deployment) Document(_ context.Context, did string) ([]byte, error) {
	return []byte(`{"id":"` + did + `"}`), d.err("document")
}

func (d *deployment) Versions(_ context.Context, did string) ([]keyring.Version, error) {
	return []keyring.Version{{DID: did, Number: 1, Body: []byte(`{}`), At: time.Unix(0, 0)}}, d.err("versions")
}

func (d *deployment) JWKS(context.Context) ([]byte, error) {
	return []byte(`{"keys":[]}`), d.err("jwks")
}

func (d *deployment) Of(_ context.Context, issuerID string) ([]statuslist.List, error) {
	return slices.DeleteFunc(slices.Clone(d.lists), func(l statuslist.List) bool { return l.IssuerID != issuerID }), d.err("lists")
}

func (d *deployment) Publish(_ context.Context, id string, f statuslist.Form) (statuslist.Published, error) {
	return statuslist.Published{Body: fmt.Appendf(nil, "list %s %s as ever", id, f)}, d.err("list")
}

func (d *deployment) Final(_ context.Context, id string, f statuslist.Form) ([]byte, error) {
	return fmt.Appendf(nil, "list %s %s for good", id, f), d.err("list")
}

func (d *deployment) Aggregation(_ context.Context, issuerID string) ([]string, error) {
	return []string{base + "/status/token-" + issuerID + "/jwt"}, d.err("aggregation")
}

func (d *deployment) Describe(_ context.Context, a catalog.Achievement) ([]byte, error) {
	return fmt.Appendf(nil, `{"name":"<b>%s</b>","v":%d}`, a.ID, a.Version), d.err("description")
}

func (d *deployment) Checkpoint(context.Context) ([]byte, error) {
	return []byte("a.b.c"), d.err("checkpoint")
}

func (d *deployment) TrustList(_ context.Context, issuerID string) ([]byte, error) {
	if issuerID == "one" {
		return []byte("trust list of one"), d.err("trust list")
	}
	return nil, fault.New(fault.NotFound, nil, "it has published none")
}

func config() (*deployment, archive.Config) {
	d := &deployment{lists: []statuslist.List{
		{ID: "a", IssuerID: "one", Purpose: statuslist.Revocation, URL: base + "/status/a"},
		{ID: "b", IssuerID: "one", Purpose: statuslist.Status, URL: base + "/status/b"},
		{ID: "c", IssuerID: "one", Purpose: statuslist.Revocation, URL: "http://localhost:8080/status/c"},
		{ID: "d", IssuerID: "two", Purpose: statuslist.Suspension, URL: base + "/status/d"},
	}}
	return d, archive.Config{
		BaseURL: base, Catalog: d, Keys: d, Lists: d, Describer: d, Log: d, TrustLists: d, Now: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
		Issuers: []catalog.Issuer{
			{ID: "one", Slug: "one", DID: "did:web:badges.example.org", Name: "One <script>"},
			{ID: "two", Slug: "two", DID: "did:web:badges.example.org:issuers:two", Name: "Two"},
		},
	}
}

// folder is what Build hands on, by path.
func folder(t *testing.T, c archive.Config) (map[string]archive.File, archive.Manifest) {
	t.Helper()
	out := map[string]archive.File{}
	m, err := archive.Build(t.Context(), c, func(f archive.File) error {
		if _, twice := out[f.Path]; twice || !fs.ValidPath(f.Path) {
			t.Errorf("the path %q comes twice, or leads out of the folder", f.Path)
		}
		out[f.Path] = f
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, m
}

// Everything that a credential names stands at the path of its address.
func TestWhatStandsWhere(t *testing.T) {
	_, c := config()
	files, m := folder(t, c)
	for path, want := range map[string]struct{ media, part string }{
		".well-known/did.json":                     {"application/did+json", `"did:web:badges.example.org"`},
		".well-known/did-history.json":             {"application/json", "versionId"},
		"issuers/two/did.json":                     {"application/did+json", `did:web:badges.example.org:issuers:two"`},
		"issuers/two/did-history.json":             {"application/json", "versionId"},
		"status/a/index.html":                      {"application/vc+jwt", "list a  as ever"},
		"status/a/embedded":                        {"application/vc", "list a embedded as ever"},
		"status/b/token":                           {"application/statuslist+jwt", "list b token as ever"},
		"hosts/localhost_8080/status/c/index.html": {"application/vc+jwt", "list c"},
		"status/aggregation/one":                   {"application/json", "status_lists"},
		"status/aggregation/two":                   {"application/json", "status_lists"},
		"index.html":                               {"text/html", "One &lt;script&gt;"},
		archive.ManifestPath:                       {"application/json", base},
	} {
		if f, ok := files[path]; !ok || f.Media != want.media || !strings.Contains(string(f.Body), want.part) {
			t.Errorf("%s: %v %q %.80s", path, ok, f.Media, f.Body)
		}
	}
	for _, address := range contexts.URLs() {
		if !slices.ContainsFunc(m.Files, func(e archive.Entry) bool {
			return strings.HasPrefix(e.Path, "contexts/"+strings.TrimPrefix(address, "https://"))
		}) {
			t.Errorf("the context %s is not there", address)
		}
	}
	if _, wrong := files["status/b/index.html"]; wrong {
		t.Error("a list for tokens is there in a form that it does not have")
	}
	for path, f := range files {
		if strings.Contains(path, "ach_one") && f.Media != "image/png" && strings.Contains(string(f.Body), "<b>") {
			t.Errorf("%s: a browser finds markup in it: %s", path, f.Body)
		}
	}
}

func TestTheManifestIsTheFolder(t *testing.T) {
	for _, until := range []time.Time{{}, time.Date(2036, 3, 1, 10, 0, 0, 0, time.UTC)} {
		_, c := config()
		c.Until = until
		files, m := folder(t, c)
		var read archive.Manifest
		if err := json.Unmarshal(files[archive.ManifestPath].Body, &read); err != nil || len(read.Files) != len(files)-1 {
			t.Fatalf("%v: %d files, %d in the manifest", err, len(files), len(read.Files))
		}
		for _, e := range read.Files {
			sum := sha256.Sum256(files[e.Path].Body)
			if e.SHA256 != hex.EncodeToString(sum[:]) || e.Size != len(files[e.Path].Body) || e.Media != files[e.Path].Media {
				t.Errorf("%s is not as the manifest says: %+v", e.Path, e)
			}
		}
		final := !until.IsZero()
		if m.Final != final || read.Final != final || !read.ListsUntil.Equal(until) || !slices.Equal(read.Issuers, []string{c.Issuers[0].DID, c.Issuers[1].DID}) {
			t.Errorf("%+v", read)
		}
		if got := strings.Contains(string(files["status/a/index.html"].Body), "for good"); got != final {
			t.Errorf("until %s the list is %s", until, files["status/a/index.html"].Body)
		}
	}
}

// What cannot be read, or has no place, ends the archive with an error that names it; nothing is left out in silence.
func TestWhatCannotBeArchived(t *testing.T) {
	for _, what := range []string{
		"achievements", "achievement", "document", "versions", "jwks", "lists", "list", "aggregation", "description", "checkpoint", "trust list",
	} {
		d, c := config()
		d.broken = what
		if _, err := archive.Build(t.Context(), c, func(archive.File) error { return nil }); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for name, change := range map[string]func(*deployment, *archive.Config){
		"an address that is none":            func(_ *deployment, c *archive.Config) { c.BaseURL = "badges" },
		"an identity without a place":        func(_ *deployment, c *archive.Config) { c.Issuers[0].DID = "did:key:z6Mk" },
		"two issuers with one identity":      func(_ *deployment, c *archive.Config) { c.Issuers[1].DID = c.Issuers[0].DID },
		"a list whose address leads out":     func(d *deployment, _ *archive.Config) { d.lists[0].URL = base + "/status/../../x" },
		"a list whose address is the base":   func(d *deployment, _ *archive.Config) { d.lists[0].URL = base + "//" },
		"two lists at one address":           func(d *deployment, _ *archive.Config) { d.lists[2].URL = d.lists[0].URL },
		"a list whose address is no address": func(d *deployment, _ *archive.Config) { d.lists[0].URL = "http://[::1" },
	} {
		d, c := config()
		change(d, &c)
		if m, err := archive.Build(t.Context(), c, func(archive.File) error { return nil }); err == nil {
			t.Errorf("%s: %+v", name, m)
		}
	}
	_, c := config()
	full := errors.New("no space is left")
	n := 0
	if _, err := archive.Build(t.Context(), c, func(archive.File) error {
		if n++; n == 5 {
			return full
		}
		return nil
	}); !errors.Is(err, full) || n != 5 {
		t.Errorf("a full disk: %v after %d files", err, n)
	}
}

// The page says what the folder is in every language, and until when the lists hold.
func TestThePage(t *testing.T) {
	_, c := config()
	files, _ := folder(t, c)
	page := string(files["index.html"].Body)
	if strings.Count(page, "<section lang=") != 6 || !strings.Contains(page, `dir="rtl"`) || strings.Count(page, "2026-03-02") != 6 || strings.Contains(page, "<script") {
		t.Errorf("%s", page)
	}
	c.Until = time.Date(2036, 3, 1, 10, 0, 0, 0, time.UTC)
	files, _ = folder(t, c)
	if strings.Count(string(files["index.html"].Body), "2036-03-01") != 6 {
		t.Errorf("%s", files["index.html"].Body)
	}
}

func ExampleBuild() {
	_, c := config()
	c.Issuers = c.Issuers[1:]
	var first []string
	m, err := archive.Build(context.Background(), c, func(f archive.File) error {
		if len(first) < 3 {
			first = append(first, f.Path)
		}
		return nil
	})
	fmt.Println(m.BaseURL, m.Final, err)
	fmt.Println(strings.Join(first, "\n"))
	// Output:
	// https://badges.example.org false <nil>
	// issuers/two/did.json
	// issuers/two/did-history.json
	// status/d/index.html
}
