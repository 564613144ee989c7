package jsonld

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
)

// Hash is a hash function of canonicalization.
type Hash uint8

// The hash functions. SHA-384 belongs to cryptosuites on P-384.
const (
	SHA256 Hash = iota
	SHA384
)

func (h Hash) new() hash.Hash {
	if h == SHA384 {
		return sha512.New384()
	}
	return sha256.New()
}

// workLimit bounds the calls of Hash N-Degree Quads. The hardest computable graph of the official suite takes about a
// thousand; a clique of nine would take hundreds of thousands.
const workLimit = 4096

// Canonical is the canonical form of a dataset.
type Canonical struct {
	Lines  []string          // canonical N-Quads, sorted, each with its line feed
	Labels map[string]string // label of the input → canonical label, both without "_:"
}

// String is the canonical document.
func (c *Canonical) String() string { return strings.Join(c.Lines, "") }

// Canonicalize brings a dataset to its canonical form. The error is a *fault.Defect with code limits.canonicalization when
// the graph would take too much work.
func Canonicalize(quads []Quad, h Hash) (*Canonical, error) {
	c := &canonicalizer{hash: h, quads: map[string][]*Quad{}, first: map[string]string{}, issuer: newLabels("c14n")}
	for i := range quads {
		for _, t := range quads[i].blanks() {
			c.quads[t.Value] = appendOnce(c.quads[t.Value], &quads[i])
		}
	}
	if err := c.label(); err != nil {
		return nil, err
	}
	out := &Canonical{Lines: make([]string, 0, len(quads)), Labels: c.issuer.ids}
	for i := range quads {
		out.Lines = append(out.Lines, string(quads[i].append(nil, c.issuer.of)))
	}
	sort.Strings(out.Lines)
	out.Lines = slices.Compact(out.Lines)
	return out, nil
}

// blanks lists the blank nodes of a quad; the predicate is never one.
func (q *Quad) blanks() []Term {
	var out []Term
	for _, t := range [...]Term{q.Subject, q.Object, q.Graph} {
		if t.Kind == Blank {
			out = append(out, t)
		}
	}
	return out
}

func appendOnce(list []*Quad, q *Quad) []*Quad {
	if len(list) > 0 && list[len(list)-1] == q {
		return list
	}
	return append(list, q)
}

// labels issues identifiers in order (RDFC-1.0 §4.6).
type labels struct {
	prefix string
	ids    map[string]string
	order  []string
}

func newLabels(prefix string) *labels { return &labels{prefix: prefix, ids: map[string]string{}} }

func (l *labels) of(node string) string { return l.ids[node] }

func (l *labels) issue(node string) string {
	if id, ok := l.ids[node]; ok {
		return id
	}
	id := l.prefix + strconv.Itoa(len(l.order))
	l.ids[node] = id
	l.order = append(l.order, node)
	return id
}

func (l *labels) clone() *labels {
	ids := make(map[string]string, len(l.ids)+4)
	for k, v := range l.ids {
		ids[k] = v
	}
	return &labels{prefix: l.prefix, ids: ids, order: slices.Clone(l.order)}
}

type canonicalizer struct {
	hash   Hash
	quads  map[string][]*Quad // by the blank nodes in them
	first  map[string]string  // first-degree hashes
	issuer *labels
	work   int
}

// label gives every blank node its canonical identifier (RDFC-1.0 §4.4.3).
func (c *canonicalizer) label() error {
	byHash := map[string][]string{}
	for node := range c.quads {
		h := c.firstDegree(node)
		byHash[h] = append(byHash[h], node)
	}
	hashes := make([]string, 0, len(byHash))
	for h := range byHash {
		hashes = append(hashes, h)
	}
	sort.Strings(hashes)
	for _, h := range hashes {
		if len(byHash[h]) == 1 {
			c.issuer.issue(byHash[h][0])
		}
	}
	for _, h := range hashes {
		if len(byHash[h]) == 1 {
			continue
		}
		if err := c.separate(byHash[h]); err != nil {
			return err
		}
	}
	return nil
}

type path struct {
	hash   string
	issuer *labels
}

// separate labels nodes whose first-degree hashes are equal, by their surroundings.
func (c *canonicalizer) separate(nodes []string) error {
	var paths []path
	for _, n := range nodes {
		if c.issuer.of(n) != "" {
			continue
		}
		temporary := newLabels("b")
		temporary.issue(n)
		p, err := c.nDegree(n, temporary)
		if err != nil {
			return err
		}
		paths = append(paths, p)
	}
	sort.SliceStable(paths, func(i, j int) bool { return paths[i].hash < paths[j].hash })
	for _, p := range paths {
		for _, n := range p.issuer.order {
			c.issuer.issue(n)
		}
	}
	return nil
}

// firstDegree is Hash First Degree Quads (RDFC-1.0 §4.6.3).
func (c *canonicalizer) firstDegree(node string) string {
	if h, ok := c.first[node]; ok {
		return h
	}
	label := func(other string) string {
		if other == node {
			return "a"
		}
		return "z"
	}
	lines := make([]string, 0, len(c.quads[node]))
	for _, q := range c.quads[node] {
		lines = append(lines, string(q.append(nil, label)))
	}
	sort.Strings(lines)
	h := c.hash.new()
	for _, l := range lines {
		_, _ = h.Write([]byte(l))
	}
	c.first[node] = hex.EncodeToString(h.Sum(nil))
	return c.first[node]
}

// related is Hash Related Blank Node (RDFC-1.0 §4.7.3).
func (c *canonicalizer) related(node string, q *Quad, issuer *labels, position byte) string {
	in := []byte{position}
	if position != 'g' {
		in = append(append(append(in, '<'), q.Predicate.Value...), '>')
	}
	switch {
	case c.issuer.of(node) != "":
		in = append(append(in, "_:"...), c.issuer.of(node)...)
	case issuer.of(node) != "":
		in = append(append(in, "_:"...), issuer.of(node)...)
	default:
		in = append(in, c.firstDegree(node)...)
	}
	h := c.hash.new()
	_, _ = h.Write(in)
	return hex.EncodeToString(h.Sum(nil))
}

// nDegree is Hash N-Degree Quads (RDFC-1.0 §4.8.3).
func (c *canonicalizer) nDegree(node string, issuer *labels) (path, error) {
	if c.work++; c.work > workLimit {
		return path{}, errTooMuchWork()
	}
	groups := map[string][]string{}
	for _, q := range c.quads[node] {
		for _, at := range [...]struct {
			term     Term
			position byte
		}{{q.Subject, 's'}, {q.Object, 'o'}, {q.Graph, 'g'}} {
			if at.term.Kind == Blank && at.term.Value != node {
				h := c.related(at.term.Value, q, issuer, at.position)
				groups[h] = append(groups[h], at.term.Value)
			}
		}
	}
	hashes := make([]string, 0, len(groups))
	for h := range groups {
		hashes = append(hashes, h)
	}
	sort.Strings(hashes)
	data := c.hash.new()
	for _, h := range hashes {
		best, err := c.shortest(groups[h], issuer)
		if err != nil {
			return path{}, err
		}
		_, _ = data.Write([]byte(h))
		_, _ = data.Write([]byte(best.hash))
		issuer = best.issuer
	}
	return path{hash: hex.EncodeToString(data.Sum(nil)), issuer: issuer}, nil
}

// shortest tries every order of the related nodes and keeps the least path. Here path.hash is the path itself.
func (c *canonicalizer) shortest(nodes []string, issuer *labels) (path, error) {
	var best path
	nodes = slices.Clone(nodes)
	sort.Strings(nodes)
	for more := true; more; more = nextPermutation(nodes) {
		if c.work++; c.work > workLimit {
			return best, errTooMuchWork()
		}
		got, ok, err := c.walk(nodes, issuer.clone(), best.hash)
		if err != nil {
			return best, err
		}
		if ok && (best.issuer == nil || got.hash < best.hash) {
			best = got
		}
	}
	return best, nil
}

// walk follows one order of nodes; ok is false as soon as it cannot become less than best.
func (c *canonicalizer) walk(nodes []string, issuer *labels, best string) (p path, ok bool, err error) {
	var text strings.Builder
	var deeper []string
	worse := func() bool { return best != "" && text.Len() >= len(best) && text.String() > best }
	for _, n := range nodes {
		text.WriteString("_:")
		if id := c.issuer.of(n); id != "" {
			text.WriteString(id)
		} else {
			if issuer.of(n) == "" {
				deeper = append(deeper, n)
			}
			text.WriteString(issuer.issue(n))
		}
		if worse() {
			return p, false, nil
		}
	}
	for _, n := range deeper {
		r, err := c.nDegree(n, issuer)
		if err != nil {
			return p, false, err
		}
		text.WriteString("_:" + issuer.issue(n) + "<" + r.hash + ">")
		issuer = r.issuer
		if worse() {
			return p, false, nil
		}
	}
	return path{hash: text.String(), issuer: issuer}, true, nil
}

func errTooMuchWork() error {
	return fault.Wrong("limits.canonicalization", "", "the document is made so that its canonical form takes too much work")
}

// nextPermutation brings a into the next lexicographic order; false after the last.
func nextPermutation(a []string) bool {
	i := len(a) - 2
	for i >= 0 && a[i] >= a[i+1] {
		i--
	}
	if i < 0 {
		return false
	}
	j := len(a) - 1
	for a[j] <= a[i] {
		j--
	}
	a[i], a[j] = a[j], a[i]
	slices.Reverse(a[i+1:])
	return true
}
