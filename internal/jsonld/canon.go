package jsonld

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"slices"
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

// Limits on the steps of Hash N-Degree Quads: hashes of related nodes, and places in the orders in which they are tried. The hardest
// computable graphs of the official suite take 6,168; a clique of nine would take millions. Credentials are never that hard.
const (
	workLimit       = 7168
	credentialLimit = 4096
	copied          = 128 // labels that are copied in the time of one step
)

// alikeLimit is the house limit on blank nodes of a credential that their own statements do not tell apart.
const alikeLimit = 32

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
	c := newCanonicalizer(quads, h)
	c.firstDegrees()
	if err := c.label(); err != nil {
		return nil, err
	}
	return c.result(), nil
}

// CanonicalizeCredential is Canonicalize for documents of strangers, with the house limit (threat L07): at most 16 blank nodes
// that look alike, and no two that are linked with each other in both directions. What JSON nests is a tree, so only blank node
// identifiers in the document itself can lead there. The error is a *fault.Defect with code limits.canonicalization.
func CanonicalizeCredential(quads []Quad, h Hash) (*Canonical, error) {
	c := newCanonicalizer(quads, h)
	c.limit = credentialLimit
	if c.mutual() {
		return nil, fault.Wrong("limits.canonicalization", "", "two nodes without an id are linked with each other")
	}
	c.firstDegrees()
	if n := c.alike(); n > alikeLimit {
		return nil, fault.Wrong("limits.canonicalization", "", "%d nodes without an id look alike, at most %d may", n, alikeLimit)
	}
	if err := c.label(); err != nil {
		return nil, err
	}
	return c.result(), nil
}

// Relabelled returns the lines of quads in canonical N-Quads with the labels given, in the order of quads. A blank node that is
// not in labels keeps its own.
func Relabelled(quads []Quad, labels map[string]string) []string {
	out := make([]string, len(quads))
	for i := range quads {
		q := &quads[i]
		out[i] = string(q.append(nil, func(place int) string {
			own := [...]string{q.Subject.Value, q.Object.Value, q.Graph.Value}[place]
			if l, ok := labels[own]; ok {
				return l
			}
			return own
		}))
	}
	return out
}

// none stands for "no blank node".
const none = -1

// places are the blank nodes of a quad as subject, object and graph; the predicate is never one.
type places [3]int32

const placeLetters = "sog"

type blankNode struct {
	name  string
	quads []int32 // in which it stands
	hash  string  // of the first degree, raw
	label string  // canonical, once issued
}

type canonicalizer struct {
	hash   Hash
	quads  []Quad
	places []places
	nodes  []blankNode
	issued []int32 // nodes in the order of their canonical labels
	work   int
	limit  int

	scratch hash.Hash
	room    []byte
}

func newCanonicalizer(quads []Quad, h Hash) *canonicalizer {
	c := &canonicalizer{hash: h, quads: quads, places: make([]places, len(quads)), limit: workLimit, scratch: h.new()}
	ids := map[string]int32{}
	for i := range quads {
		q := &quads[i]
		for j, t := range [...]*Term{&q.Subject, &q.Object, &q.Graph} {
			c.places[i][j] = none
			if t.Kind != Blank {
				continue
			}
			id, known := ids[t.Value]
			if !known {
				id = int32(len(c.nodes)) //nolint:gosec // bounded by the size of a document
				ids[t.Value] = id
				c.nodes = append(c.nodes, blankNode{name: t.Value})
			}
			c.places[i][j] = id
			n := &c.nodes[id]
			if len(n.quads) == 0 || n.quads[len(n.quads)-1] != int32(i) {
				n.quads = append(n.quads, int32(i))
			}
		}
	}
	return c
}

// mutual finds blank nodes that are linked in both directions.
func (c *canonicalizer) mutual() bool {
	links := map[[2]int32]bool{}
	for _, p := range c.places {
		if p[0] == none || p[1] == none {
			continue
		}
		if p[0] == p[1] || links[[2]int32{p[1], p[0]}] {
			return true
		}
		links[[2]int32{p[0], p[1]}] = true
	}
	return false
}

// firstDegrees is Hash First Degree Quads (RDFC-1.0 §4.6.3) of every node.
func (c *canonicalizer) firstDegrees() {
	var f firstDegree
	h := c.hash.new()
	for id := range c.nodes {
		n := &c.nodes[id]
		f.render(c, int32(id))
		h.Reset()
		n.quads = n.quads[:0]
		for i, l := range f.lines {
			if f.repeated(c, i) {
				continue
			}
			_, _ = h.Write(f.text[l.from:l.to])
			n.quads = append(n.quads, l.quad)
		}
		n.hash = string(h.Sum(nil))
	}
}

// firstDegree is room for the statements of one node, in which it is called a and every other one z.
type firstDegree struct {
	text  []byte
	lines []span
}

type span struct{ from, to, quad int32 }

func (f *firstDegree) render(c *canonicalizer, self int32) {
	f.text, f.lines = f.text[:0], f.lines[:0]
	for _, i := range c.nodes[self].quads {
		from := len(f.text)
		f.text = c.quads[i].append(f.text, func(place int) string {
			if c.places[i][place] == self {
				return "a"
			}
			return "z"
		})
		f.lines = append(f.lines, span{from: int32(from), to: int32(len(f.text)), quad: i}) //nolint:gosec // as above
	}
	f.sort()
}

func (f *firstDegree) sort() {
	slices.SortFunc(f.lines, func(a, b span) int { return bytes.Compare(f.text[a.from:a.to], f.text[b.from:b.to]) })
}

// repeated finds a quad that stands before line i already: the same text with the same nodes. A dataset is a set.
func (f *firstDegree) repeated(c *canonicalizer, i int) bool {
	at := f.lines[i]
	for j := i - 1; j >= 0; j-- {
		l := f.lines[j]
		if !bytes.Equal(f.text[l.from:l.to], f.text[at.from:at.to]) {
			return false
		}
		if c.places[l.quad] == c.places[at.quad] {
			return true
		}
	}
	return false
}

// alike counts the nodes that share their first-degree hash with another one.
func (c *canonicalizer) alike() int {
	seen := make(map[string]int, len(c.nodes))
	for i := range c.nodes {
		seen[c.nodes[i].hash]++
	}
	n := 0
	for _, times := range seen {
		if times > 1 {
			n += times
		}
	}
	return n
}

func (c *canonicalizer) issue(id int32) {
	if n := &c.nodes[id]; n.label == "" {
		n.label = "c14n" + strconv.Itoa(len(c.issued))
		c.issued = append(c.issued, id)
	}
}

// label gives every blank node its canonical identifier (RDFC-1.0 §4.4.3).
func (c *canonicalizer) label() error {
	order := make([]int32, len(c.nodes))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return strings.Compare(c.nodes[a].hash, c.nodes[b].hash) })
	var groups [][]int32
	for len(order) > 0 {
		n := 1
		for n < len(order) && c.nodes[order[n]].hash == c.nodes[order[0]].hash {
			n++
		}
		if n == 1 {
			c.issue(order[0])
		} else {
			groups = append(groups, order[:n])
		}
		order = order[n:]
	}
	for _, g := range groups {
		if err := c.separate(g); err != nil {
			return err
		}
	}
	return nil
}

// result writes the canonical document.
func (c *canonicalizer) result() *Canonical {
	out := &Canonical{Lines: make([]string, len(c.quads)), Labels: make(map[string]string, len(c.nodes))}
	for i := range c.nodes {
		out.Labels[c.nodes[i].name] = c.nodes[i].label
	}
	text := make([]byte, 0, 160*len(c.quads))
	ends := make([]int, len(c.quads))
	for i := range c.quads {
		text = c.quads[i].append(text, func(place int) string { return c.nodes[c.places[i][place]].label })
		ends[i] = len(text)
	}
	whole, from := string(text), 0
	for i, to := range ends {
		out.Lines[i] = whole[from:to]
		from = to
	}
	slices.Sort(out.Lines)
	out.Lines = slices.Compact(out.Lines)
	return out
}

func errTooMuchWork() error {
	return fault.Wrong("limits.canonicalization", "", "the document is made so that its canonical form takes too much work")
}

// hexed is the hexadecimal form in which hashes go into other hashes.
func hexed(raw string) string { return hex.EncodeToString([]byte(raw)) }
