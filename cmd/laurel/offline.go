package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/statuslist"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/offline"
	"github.com/openlaurel/laurel/verifier/trust"
	"github.com/openlaurel/laurel/web"
)

// packer puts together what browsers keep to check without a network: whom this deployment trusts, their keys, and the status
// lists of its own issuers and those that it has seen of others. It makes one pack a minute at most, however many ask.
type packer struct {
	app    *app
	inside verifier.Fetcher
	seen   *offline.Recorder

	mu   sync.Mutex
	made time.Time
	text []byte
}

const packAge = time.Minute

// Pack implements the verify page's Offline.
func (p *packer) Pack(ctx context.Context) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.app.clock().UTC().Truncate(time.Second)
	if p.text != nil && now.Sub(p.made) < packAge {
		return p.text, nil
	}
	pack := offline.Pack{AsOf: now, Identities: map[string]json.RawMessage{}}
	if err := p.own(ctx, &pack); err != nil {
		return nil, err
	}
	pack.Trust = append(pack.Trust, p.app.trust.current().Entries()...)
	for _, f := range p.app.book.Followed(ctx) {
		if f.List != nil {
			pack.Trust = append(pack.Trust, f.List.List.Entries()...)
		}
	}
	hosts := map[string]bool{}
	for _, e := range pack.Trust {
		hosts[did.Domain(e.ID)] = true
	}
	pack.Documents = append(pack.Documents, p.seen.Of(func(host string) bool { return hosts[host] })...)
	text, err := smaller(pack)
	if err == nil {
		p.text, p.made = text, now
	}
	return text, err
}

// smaller writes the pack; the documents of others that were seen longest ago are left out where it would be too large.
func smaller(pack offline.Pack) ([]byte, error) {
	for {
		text, err := json.Marshal(pack)
		if err != nil || len(text) <= limits.PackBytes || len(pack.Documents) == 0 {
			return text, err
		}
		pack.Documents = pack.Documents[:len(pack.Documents)/2]
	}
}

// own adds the issuers of this deployment, their keys, and their newest status lists in every form.
func (p *packer) own(ctx context.Context, pack *offline.Pack) error {
	issuers, err := p.app.catalog.Issuers(ctx)
	if err != nil {
		return err
	}
	for _, i := range issuers {
		doc, err := p.app.keys.Document(ctx, i.DID)
		if fault.Is(err, fault.NotFound) {
			continue // no keys yet
		}
		if err != nil {
			return err
		}
		pack.Identities[i.DID] = doc
		pack.Trust = append(pack.Trust, trust.Entry{ID: i.DID, Own: true, Name: "this service"})
		lists, err := p.app.lists.Of(ctx, i.ID)
		if err != nil {
			return err
		}
		for _, l := range slices.Backward(lists) {
			for _, f := range append(statuslist.Forms(l.Purpose), statuslist.JWT) {
				p.list(ctx, pack, l.Address(f))
			}
		}
	}
	return nil
}

func (p *packer) list(ctx context.Context, pack *offline.Pack, address string) {
	known := slices.ContainsFunc(pack.Documents, func(d offline.Document) bool { return d.URL == address })
	if known || len(pack.Documents) >= limits.PackLists {
		return
	}
	res, err := p.inside.Get(ctx, address, verifier.AcceptStatusList)
	if err != nil || len(res.Body) > limits.PackDocument {
		return // not in the pack: without it the status is unknown
	}
	pack.Documents = append(pack.Documents, offline.Document{URL: address, Type: res.ContentType, Body: res.Body, At: pack.AsOf})
}

// evidence gathers what a check of this deployment's documents needs: what its own verifier looks at when it checks them.
type evidence struct{ app *app }

// Gather implements the pages' Evidence. Nothing is fetched from anywhere else.
func (e evidence) Gather(ctx context.Context, signed [][]byte) ([]byte, error) {
	pack := offline.Pack{AsOf: e.app.clock().UTC().Truncate(time.Second), Identities: map[string]json.RawMessage{}}
	asked := map[string]bool{}
	inside := offline.NewRecorder(own{bases: e.app.bases, awards: e.app.awards, lists: e.app.lists, fetch: fetch.New(fetch.Config{Offline: true})}, e.app.clock)
	resolver := did.New(did.Config{Fetch: inside, Local: func(ctx context.Context, id string) (*did.Document, bool, error) {
		doc, known, err := e.app.keys.Local(ctx, id)
		asked[id] = asked[id] || known && err == nil
		return doc, known, err
	}})
	v := verifier.New(verifier.Config{Keys: resolver, Fetch: inside, Trust: trusted{own: e.app.isOwn, book: e.app.book}, Clock: e.app.clock})
	for _, text := range signed {
		v.Check(ctx, verifier.Input{File: text}, verifier.Policy{})
	}
	for id := range asked {
		doc, err := e.app.keys.Document(ctx, id)
		if err != nil {
			return nil, err
		}
		pack.Identities[id] = doc
	}
	pack.Documents = inside.Of(func(string) bool { return true })
	return json.MarshalIndent(pack, "", "  ")
}

// browserFiles opens the verifier for browsers that the build put beside the program, or where the setting says. Without it pages
// do not offer to check in the browser. The files stay open while the program runs, so that an update beside it changes nothing
// under way.
func browserFiles(folder string) ([]web.Extra, error) {
	set := folder != ""
	if !set {
		program, err := os.Executable()
		if err != nil {
			return nil, nil //nolint:nilerr // a system that does not say where its programs are
		}
		folder = filepath.Join(filepath.Dir(program), "browser")
	}
	var out []web.Extra
	for _, name := range []string{"verifier.wasm", "wasm_exec.js"} {
		packed, err := openPacked(filepath.Join(filepath.Clean(folder), name+".gz"))
		if errors.Is(err, fs.ErrNotExist) && !set {
			return nil, nil
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, err, "the verifier for browsers in %s cannot be read: %s", folder, reason(err)).
				Hint("make build puts it into bin/browser")
		}
		out = append(out, web.Extra{Name: name, Packed: packed})
	}
	return out, nil
}

// openPacked opens a gzip file.
func openPacked(path string) (*io.SectionReader, error) {
	f, err := os.Open(path) //nolint:gosec // the operator's own folder, and names of ours
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = gzip.NewReader(io.NewSectionReader(f, 0, info.Size()))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s is no gzip file: %w", filepath.Base(path), err), f.Close())
	}
	return io.NewSectionReader(f, 0, info.Size()), nil
}
