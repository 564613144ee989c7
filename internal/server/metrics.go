package server

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Metrics counts what operators watch, and writes it in the text format of Prometheus (version 0.0.4). Labels come from
// closed lists: routes, methods, statuses, verdicts, algorithms. None holds anything about a person.
type Metrics struct {
	mu       sync.Mutex
	counters map[string]map[string]float64 // family → labels → value
	times    map[string]*histogram         // by route
}

// family describes one counter.
type family struct{ name, help string }

const (
	requestsTotal      = "laurel_http_requests_total"
	requestSeconds     = "laurel_http_request_seconds"
	awardsTotal        = "laurel_awards_total"
	revocationsTotal   = "laurel_revocations_total"
	verificationsTotal = "laurel_verifications_total"
	signaturesTotal    = "laurel_signatures_total"
	overdueLists       = "laurel_status_lists_overdue"
	overdueSeconds     = "laurel_status_lists_overdue_seconds"
	walletsTotal       = "laurel_wallet_requests_total"
)

func families() []family {
	return []family{
		{requestsTotal, "Requests by route, method and status."},
		{awardsTotal, "Awards made."},
		{revocationsTotal, "Awards revoked."},
		{verificationsTotal, "Verifications by verdict."},
		{signaturesTotal, "Signatures by algorithm."},
		{walletsTotal, "Requests to wallets: asked, refused because too many wait, answered, declined."},
	}
}

// buckets are the upper bounds of the histogram of request times, in seconds.
func buckets() []float64 {
	return []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}
}

type histogram struct {
	counts []uint64 // one for each bucket, not cumulative, and one above
	sum    float64
	total  uint64
}

// NewMetrics makes an empty registry.
func NewMetrics() *Metrics {
	m := &Metrics{counters: map[string]map[string]float64{}, times: map[string]*histogram{}}
	for _, f := range families() {
		m.counters[f.name] = map[string]float64{}
	}
	m.counters[awardsTotal][""], m.counters[revocationsTotal][""] = 0, 0
	return m
}

// Award counts n awards.
func (m *Metrics) Award(n int) { m.add(awardsTotal, "", float64(n)) }

// Revocation counts one revocation.
func (m *Metrics) Revocation() { m.add(revocationsTotal, "", 1) }

// Verification counts one verification with that verdict.
func (m *Metrics) Verification(verdict string) {
	if !slices.Contains([]string{"valid", "invalid", "undecided"}, verdict) {
		verdict = "other"
	}
	m.add(verificationsTotal, label("verdict", verdict), 1)
}

// WalletRequest counts what became of one request to a wallet: asked, refused, answered or declined.
func (m *Metrics) WalletRequest(event string) {
	if !slices.Contains([]string{"asked", "refused", "answered", "declined"}, event) {
		event = "other"
	}
	m.add(walletsTotal, label("event", event), 1)
}

// Signature counts one signature made with that algorithm.
func (m *Metrics) Signature(alg string) {
	if !slices.Contains([]string{"ES256", "ES384", "EdDSA", "RS256"}, alg) {
		alg = "other"
	}
	m.add(signaturesTotal, label("alg", alg), 1)
}

func (m *Metrics) request(route, method string, status int, took time.Duration) {
	labels := label("route", route) + "," + label("method", method) + "," + label("status", strconv.Itoa(status))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counters[requestsTotal][labels]++
	h := m.times[route]
	if h == nil {
		h = &histogram{counts: make([]uint64, len(buckets())+1)}
		m.times[route] = h
	}
	seconds := took.Seconds()
	at, _ := slices.BinarySearch(buckets(), seconds)
	h.counts[at]++
	h.sum += seconds
	h.total++
}

func (m *Metrics) add(name, labels string, n float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counters[name][labels] += n
}

// label writes one label, escaped as the text format asks.
func label(name, value string) string {
	value = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`).Replace(value)
	return name + `="` + value + `"`
}

// WriteTo writes all metrics in the text format.
func (m *Metrics) WriteTo(w io.Writer) (int64, error) {
	var b bytes.Buffer
	m.mu.Lock()
	for _, f := range families() {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s counter\n", f.name, f.help, f.name)
		for _, labels := range slices.Sorted(maps.Keys(m.counters[f.name])) {
			fmt.Fprintf(&b, "%s%s %s\n", f.name, braces(labels), number(m.counters[f.name][labels]))
		}
	}
	fmt.Fprintf(&b, "# HELP %s Time to answer, by route.\n# TYPE %s histogram\n", requestSeconds, requestSeconds)
	for _, route := range slices.Sorted(maps.Keys(m.times)) {
		m.times[route].write(&b, label("route", route))
	}
	m.mu.Unlock()
	writeRuntime(&b)
	return b.WriteTo(w)
}

func (h *histogram) write(b *bytes.Buffer, labels string) {
	sum := uint64(0)
	for i, bound := range buckets() {
		sum += h.counts[i]
		fmt.Fprintf(b, "%s_bucket{%s,le=\"%s\"} %d\n", requestSeconds, labels, number(bound), sum)
	}
	fmt.Fprintf(b, "%s_bucket{%s,le=\"+Inf\"} %d\n", requestSeconds, labels, h.total)
	fmt.Fprintf(b, "%s_sum{%s} %s\n%s_count{%s} %d\n", requestSeconds, labels, number(h.sum), requestSeconds, labels, h.total)
}

func writeRuntime(b *bytes.Buffer) {
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms)
	writeGauge(b, "go_goroutines", "Goroutines that exist.", float64(runtime.NumGoroutine()))
	writeGauge(b, "go_memstats_heap_alloc_bytes", "Bytes of heap in use.", float64(ms.HeapAlloc))
	writeGauge(b, "go_memstats_sys_bytes", "Bytes obtained from the system.", float64(ms.Sys))
}

// writeGauge writes a value that goes up and down. A writer that takes no more has nobody who could be told.
func writeGauge(w io.Writer, name, help string, v float64) {
	_, _ = fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s gauge\n%s %s\n", name, help, name, name, number(v))
}

func braces(labels string) string {
	if labels == "" {
		return ""
	}
	return "{" + labels + "}"
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
