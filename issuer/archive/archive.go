// Package archive owns what is left of a deployment when it closes: a folder of static files that any web server can publish, at
// the addresses that its credentials name, so that they verify when nobody runs Laurel for them any more.
//
// It refuses to hold anything about a person: credentials are with those who earned them, and what they need to be checked is
// here. Where an address is a document and a folder at once, the document is the folder's index.html (docs/decisions/0029).
package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/keyring"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

// Catalog finds achievements in every version.
type Catalog interface {
	Achievements(ctx context.Context, issuerRef string) ([]catalog.Achievement, error)
	Achievement(ctx context.Context, issuerRef, ref string, version int) (catalog.Achievement, error)
}

// Keys gives the documents in which keys are published.
type Keys interface {
	Document(ctx context.Context, did string) ([]byte, error)
	Versions(ctx context.Context, did string) ([]keyring.Version, error)
	JWKS(ctx context.Context) ([]byte, error)
}

// Lists gives the status lists, signed as ever or for the last time.
type Lists interface {
	Of(ctx context.Context, issuerID string) ([]statuslist.List, error)
	Publish(ctx context.Context, id string, f statuslist.Form) (statuslist.Published, error)
	Final(ctx context.Context, id string, f statuslist.Form) ([]byte, error)
	Aggregation(ctx context.Context, issuerID string) ([]string, error)
}

// Describer writes an achievement as JSON-LD.
type Describer interface {
	Describe(ctx context.Context, a catalog.Achievement) ([]byte, error)
}

// Log gives the signed end of the issuance log.
type Log interface {
	Checkpoint(ctx context.Context) ([]byte, error)
}

// TrustLists gives the signed trust list that an issuer published last; fault.NotFound when it published none.
type TrustLists interface {
	TrustList(ctx context.Context, issuerID string) ([]byte, error)
}

// Config says what is archived and where from. All members but Until are required.
type Config struct {
	BaseURL    string // without a slash at the end
	Issuers    []catalog.Issuer
	Catalog    Catalog
	Keys       Keys
	Lists      Lists
	Describer  Describer
	Log        Log
	TrustLists TrustLists
	Now        time.Time
	Until      time.Time // until when the lists of issuers that have closed hold; zero: they are signed as ever, and end within a day
}

// File is one file of an archive. Path has slashes and no element that leads out of the folder.
type File struct {
	Path  string
	Media string // as the deployment sends it; a server that says something else does no harm
	Body  []byte
}

// Entry is a file in the manifest.
type Entry struct {
	Path   string `json:"path"`
	Media  string `json:"media"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
}

// Manifest says what an archive holds.
type Manifest struct {
	BaseURL    string    `json:"base_url"`
	Made       time.Time `json:"made"`
	Final      bool      `json:"final"`
	ListsUntil time.Time `json:"lists_until"`
	Issuers    []string  `json:"issuers"` // DIDs
	Files      []Entry   `json:"files"`
}

// ManifestPath is where the manifest stands in the folder. It does not name itself.
const ManifestPath = "manifest.json"

// builder hands files on and remembers them.
type builder struct {
	Config
	host string
	put  func(File) error
	m    Manifest
	seen map[string]bool
}

// Build hands every file of the archive to put, the manifest at the end, and returns the manifest. An error of put ends it.
func Build(ctx context.Context, c Config, put func(File) error) (Manifest, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" {
		return Manifest{}, fmt.Errorf("address %q of an archive: %w", c.BaseURL, fault.New(fault.Invalid, err, "the address of the deployment is no URL"))
	}
	b := &builder{Config: c, host: base.Host, put: put, seen: map[string]bool{}}
	b.m = Manifest{BaseURL: c.BaseURL, Made: c.Now.UTC().Truncate(time.Second), Final: !c.Until.IsZero(), ListsUntil: c.Until.UTC()}
	for _, i := range c.Issuers {
		b.m.Issuers = append(b.m.Issuers, i.DID)
		for _, step := range []func(context.Context, catalog.Issuer) error{b.identity, b.statusLists, b.achievements, b.trustList} {
			if err := step(ctx, i); err != nil {
				return Manifest{}, err
			}
		}
	}
	for _, step := range []func(context.Context) error{b.deployment, b.contexts, b.page} {
		if err := step(ctx); err != nil {
			return Manifest{}, err
		}
	}
	text, err := json.MarshalIndent(b.m, "", "  ")
	if err != nil {
		return Manifest{}, fmt.Errorf("manifest: %w", err)
	}
	return b.m, put(File{ManifestPath, "application/json", append(text, '\n')})
}

// add hands on one file. A path that is there already, which two addresses would need, is our own fault.
func (b *builder) add(path, media string, body []byte) error {
	if b.seen[path] || path == "" || slices.ContainsFunc(strings.Split(path, "/"), func(s string) bool { return s == "" || s == "." || s == ".." }) {
		return fmt.Errorf("archive: the path %q is there already, or leads elsewhere", path)
	}
	b.seen[path] = true
	sum := sha256.Sum256(body)
	b.m.Files = append(b.m.Files, Entry{path, media, len(body), hex.EncodeToString(sum[:])})
	return b.put(File{path, media, body})
}

// place is the path of an address. What stands at another host, where the deployment was before, is kept apart by host.
func (b *builder) place(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("archive: address %q: %w", address, err)
	}
	path := strings.TrimPrefix(u.Path, "/")
	if u.Host != b.host {
		path = "hosts/" + strings.ReplaceAll(u.Host, ":", "_") + "/" + path
	}
	return path, nil
}

// identity keeps the DID document of an issuer, and those that it had before.
func (b *builder) identity(ctx context.Context, i catalog.Issuer) error {
	host, path, ok := didPlace(i.DID)
	if !ok {
		return fmt.Errorf("archive: the identity %q has no place on the web", i.DID)
	}
	document, err := b.place("https://" + host + path + "/did.json")
	if err != nil {
		return err
	}
	body, err := b.Keys.Document(ctx, i.DID)
	if err != nil {
		return err
	}
	if err := b.add(document, "application/did+json", body); err != nil {
		return err
	}
	all, err := b.Keys.Versions(ctx, i.DID)
	if err != nil {
		return err
	}
	if body, err = keyring.History(i.DID, all); err != nil {
		return err
	}
	return b.add(strings.TrimSuffix(document, "did.json")+"did-history.json", "application/json", body)
}

// didPlace is where the document of a did:web stands (did:web method specification).
func didPlace(did string) (host, path string, ok bool) {
	rest, ok := strings.CutPrefix(did, "did:web:")
	host, segments, deep := strings.Cut(rest, ":")
	host = strings.ReplaceAll(host, "%3A", ":")
	if !deep {
		return host, "/.well-known", ok
	}
	return host, "/" + strings.ReplaceAll(segments, ":", "/"), ok
}

// statusLists keeps every list of an issuer in every form, and where its token lists are.
func (b *builder) statusLists(ctx context.Context, i catalog.Issuer) error {
	lists, err := b.Lists.Of(ctx, i.ID)
	if err != nil {
		return err
	}
	for _, l := range lists {
		for _, f := range statuslist.Forms(l.Purpose) {
			if err := b.statusList(ctx, l, f); err != nil {
				return err
			}
		}
	}
	addresses, err := b.Lists.Aggregation(ctx, i.ID)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string][]string{"status_lists": addresses})
	if err != nil {
		return fmt.Errorf("status lists of %s: %w", i.ID, err)
	}
	return b.add("status/aggregation/"+i.ID, "application/json", body)
}

func (b *builder) statusList(ctx context.Context, l statuslist.List, f statuslist.Form) error {
	path, err := b.place(l.Address(f))
	if err != nil {
		return err
	}
	media := map[statuslist.Form]string{
		statuslist.Token: "application/vc+jwt", statuslist.Embedded: "application/vc", statuslist.JWT: "application/statuslist+jwt",
	}[f]
	if f == statuslist.Token {
		path += "/index.html" // the other form lies below it
	}
	var body []byte
	if b.m.Final {
		body, err = b.Lists.Final(ctx, l.ID, f)
	} else {
		var p statuslist.Published
		p, err = b.Lists.Publish(ctx, l.ID, f)
		body = p.Body
	}
	if err != nil {
		return err
	}
	return b.add(path, media, body)
}

// achievements keeps every version of every achievement, and its picture.
func (b *builder) achievements(ctx context.Context, i catalog.Issuer) error {
	newest, err := b.Catalog.Achievements(ctx, i.ID)
	if err != nil {
		return err
	}
	for _, n := range newest {
		at := "achievements/" + n.ID
		for v := 1; v <= n.Version; v++ {
			a, err := b.Catalog.Achievement(ctx, i.ID, n.ID, v)
			if err != nil {
				return err
			}
			if err := b.achievement(ctx, a, at+"/"+strconv.Itoa(v)); err != nil {
				return err
			}
			if v == n.Version {
				if err := b.description(ctx, a, at); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (b *builder) achievement(ctx context.Context, a catalog.Achievement, at string) error {
	if err := b.description(ctx, a, at); err != nil || a.Image == nil {
		return err
	}
	return b.add(at+"/"+a.Image.FileName(), a.Image.Type, a.Image.Data)
}

// description keeps the description of an achievement. A server may send it as a page, so nothing in it is left that a browser
// would take for markup (threat B05).
func (b *builder) description(ctx context.Context, a catalog.Achievement, at string) error {
	body, err := b.Describer.Describe(ctx, a)
	if err != nil {
		return err
	}
	var plain bytes.Buffer
	json.HTMLEscape(&plain, body)
	return b.add(at+"/index.html", "application/ld+json", plain.Bytes())
}

func (b *builder) trustList(ctx context.Context, i catalog.Issuer) error {
	body, err := b.TrustLists.TrustList(ctx, i.ID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return b.add("issuers/"+i.Slug+"/trust-list.jwt", "application/trust-list+jwt", body)
}

// deployment keeps what all issuers share: the key set, and the signed end of the issuance log.
func (b *builder) deployment(ctx context.Context) error {
	set, err := b.Keys.JWKS(ctx)
	if err != nil {
		return err
	}
	if err := b.add(".well-known/jwks.json", "application/jwk-set+json", set); err != nil {
		return err
	}
	end, err := b.Log.Checkpoint(ctx)
	if err != nil {
		return err
	}
	return b.add(".well-known/laurel-log.jwt", "application/jwt", end)
}

// contexts keeps the JSON-LD contexts, in every edition that a proof may have been made under, by their addresses.
func (b *builder) contexts(context.Context) error {
	for _, address := range contexts.URLs() {
		for _, e := range contexts.Editions(address) {
			path := "contexts/" + strings.TrimPrefix(address, "https://")
			if e.Name != "" {
				path += "/" + e.Name
			}
			if !strings.HasSuffix(path, ".json") {
				path += ".json"
			}
			if err := b.add(path, "application/ld+json", e.Doc); err != nil {
				return err
			}
		}
	}
	return nil
}
