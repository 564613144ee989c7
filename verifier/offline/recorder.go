package offline

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
)

// Recorder is a Fetcher that remembers the newest public documents of its answers: DID documents, key sets and status lists.
// Badges are never remembered. It is safe for concurrent use.
type Recorder struct {
	verifier.Fetcher
	clock func() time.Time

	mu    sync.Mutex
	kept  []Document // oldest first
	bytes int
}

// NewRecorder makes a Recorder around f; clock nil is time.Now.
func NewRecorder(f verifier.Fetcher, clock func() time.Time) *Recorder {
	if clock == nil {
		clock = time.Now
	}
	return &Recorder{Fetcher: f, clock: clock}
}

// PlainHTTP reports whether the fetcher below allows http for a host.
func (r *Recorder) PlainHTTP(host string) bool {
	f, ok := r.Fetcher.(interface{ PlainHTTP(host string) bool })
	return ok && f.PlainHTTP(host)
}

// Get implements verifier.Fetcher.
func (r *Recorder) Get(ctx context.Context, link, accept string) (*fetch.Response, error) {
	res, err := r.Fetcher.Get(ctx, link, accept)
	if err == nil && public(accept) && len(res.Body) <= limits.PackDocument {
		r.keep(Document{URL: link, Type: res.ContentType, Body: res.Body, At: r.clock().UTC().Truncate(time.Second)})
	}
	return res, err
}

// public reports whether what is asked for is of the kinds that a pack holds: nobody's badge comes under these types.
func public(accept string) bool {
	return strings.HasPrefix(accept, "application/did+json") || strings.HasPrefix(accept, "application/jwk-set+json") ||
		strings.HasPrefix(accept, "application/statuslist+jwt") || accept == verifier.AcceptStatusList
}

func (r *Recorder) keep(d Document) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = slices.DeleteFunc(r.kept, func(old Document) bool {
		if old.URL == d.URL {
			r.bytes -= len(old.Body)
		}
		return old.URL == d.URL
	})
	r.kept, r.bytes = append(r.kept, d), r.bytes+len(d.Body)
	for len(r.kept) > limits.PackDocuments || r.bytes > limits.PackBytes/2 {
		r.bytes -= len(r.kept[0].Body)
		r.kept = r.kept[1:]
	}
}

// Of returns what is remembered of hosts that known knows, the newest first.
func (r *Recorder) Of(known func(host string) bool) []Document {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Document
	for _, d := range slices.Backward(r.kept) {
		if u, err := url.Parse(d.URL); err == nil && known(u.Host) {
			out = append(out, d)
		}
	}
	return out
}
