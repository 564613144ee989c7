// Package verifiertest owns what tests of verification share: a made-up web whose requests are counted, made-up issuers
// that sign any header over any payload, documents that are changed by JSON pointer, and status lists of every shape.
//
// It refuses nothing on purpose: it makes the input that the verifier must refuse. Only tests import it.
package verifiertest

import (
	"context"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
)

// Web is a web in memory. It answers like package fetch and counts every request: the canary of the threat list. It is
// safe for concurrent use.
type Web struct {
	mu     sync.Mutex
	pages  map[string]page
	counts map[string]int
}

type page struct {
	response fetch.Response
	err      error
}

// NewWeb makes a Web without any page.
func NewWeb() *Web { return &Web{pages: map[string]page{}, counts: map[string]int{}} }

// Put serves body at url, without saying how long it stays fresh.
func (w *Web) Put(url, contentType, body string) { w.PutFor(url, contentType, body, 0) }

// PutFor serves body at url with a Cache-Control of maxAge.
func (w *Web) PutFor(url, contentType, body string, maxAge time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages[url] = page{response: fetch.Response{URL: url, Status: 200, ContentType: contentType, MaxAge: maxAge, Body: []byte(body)}}
}

// Fail answers requests for url with a defect of that code, as package fetch does when it cannot get a document.
func (w *Web) Fail(url, code string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages[url] = page{err: fault.Unclear(code, url, nil, "made up by a test")}
}

// Get implements the fetcher that the verifier and the resolver of identities need.
func (w *Web) Get(_ context.Context, url, _ string) (*fetch.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[url]++
	p, ok := w.pages[url]
	if !ok {
		return nil, fault.Unclear("fetch.status", url, nil, "the host answered 404")
	}
	if p.err != nil {
		return nil, p.err
	}
	res := p.response
	return &res, nil
}

// Count returns how often url was asked for.
func (w *Web) Count(url string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counts[url]
}

// Requests returns how often anything was asked for.
func (w *Web) Requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, c := range w.counts {
		n += c
	}
	return n
}
