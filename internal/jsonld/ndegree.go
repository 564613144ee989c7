package jsonld

import (
	"encoding/hex"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// labels issues temporary identifiers b0, b1, … in order (RDFC-1.0 §4.6).
type labels struct {
	at    []int32 // by node: its number plus one, or 0
	order []int32
}

func newLabels(nodes int) *labels { return &labels{at: make([]int32, nodes)} }

// of returns the identifier of a node, or "".
func (l *labels) of(id int32) string {
	if l.at[id] == 0 {
		return ""
	}
	return "b" + strconv.Itoa(int(l.at[id]-1))
}

func (l *labels) issue(id int32) string {
	if l.at[id] == 0 {
		l.order = append(l.order, id)
		l.at[id] = int32(len(l.order)) //nolint:gosec // bounded by the size of a document
	}
	return l.of(id)
}

func (l *labels) clone() *labels {
	return &labels{at: slices.Clone(l.at), order: slices.Clone(l.order)}
}

// path is a way through the nodes around one, as text or as its hash, with the identifiers given on it.
type path struct {
	text   string
	issuer *labels
}

// separate labels nodes whose first-degree hashes are equal, by their surroundings.
func (c *canonicalizer) separate(nodes []int32) error {
	var paths []path
	for _, n := range nodes {
		if c.nodes[n].label != "" {
			continue
		}
		temporary := newLabels(len(c.nodes))
		temporary.issue(n)
		p, err := c.nDegree(n, temporary)
		if err != nil {
			return err
		}
		paths = append(paths, p)
	}
	sort.SliceStable(paths, func(i, j int) bool { return paths[i].text < paths[j].text })
	for _, p := range paths {
		for _, n := range p.issuer.order {
			c.issue(n)
		}
	}
	return nil
}

// related is Hash Related Blank Node (RDFC-1.0 §4.7.3).
func (c *canonicalizer) related(node int32, q *Quad, issuer *labels, place int) string {
	in := append(c.room[:0], placeLetters[place])
	if place != 2 {
		in = append(append(append(in, '<'), q.Predicate.Value...), '>')
	}
	if label := c.nodes[node].label; label != "" {
		in = append(append(in, "_:"...), label...)
	} else if issuer.at[node] != 0 {
		in = strconv.AppendInt(append(in, "_:b"...), int64(issuer.at[node]-1), 10)
	} else {
		in = hex.AppendEncode(in, []byte(c.nodes[node].hash))
	}
	c.room = in
	c.scratch.Reset()
	_, _ = c.scratch.Write(in)
	return hexed(string(c.scratch.Sum(nil)))
}

// spend counts steps of work, of which each takes about as long as one hash of some hundred bytes.
func (c *canonicalizer) spend(steps int) error {
	if c.work += steps; c.work > c.limit {
		return errTooMuchWork()
	}
	return nil
}

// nDegree is Hash N-Degree Quads (RDFC-1.0 §4.8.3).
func (c *canonicalizer) nDegree(node int32, issuer *labels) (path, error) {
	groups := map[string][]int32{}
	for _, i := range c.nodes[node].quads {
		for place, other := range c.places[i] {
			if other == none || other == node {
				continue
			}
			if err := c.spend(1); err != nil {
				return path{}, err
			}
			h := c.related(other, &c.quads[i], issuer, place)
			groups[h] = append(groups[h], other)
		}
	}
	hashes := make([]string, 0, len(groups))
	for h := range groups {
		hashes = append(hashes, h)
	}
	slices.Sort(hashes)
	data := c.hash.new()
	for _, h := range hashes {
		best, err := c.shortest(groups[h], issuer)
		if err != nil {
			return path{}, err
		}
		_, _ = data.Write([]byte(h))
		_, _ = data.Write([]byte(best.text))
		issuer = best.issuer
	}
	return path{text: hexed(string(data.Sum(nil))), issuer: issuer}, nil
}

// shortest tries every order of the related nodes and keeps the least path.
func (c *canonicalizer) shortest(nodes []int32, issuer *labels) (path, error) {
	var best path
	nodes = slices.Sorted(slices.Values(nodes))
	for more := true; more; more = nextPermutation(nodes) {
		if err := c.spend(len(c.nodes) / copied); err != nil {
			return best, err
		}
		got, ok, err := c.walk(nodes, issuer.clone(), best.text)
		if err != nil {
			return best, err
		}
		if ok && (best.issuer == nil || got.text < best.text) {
			best = got
		}
	}
	return best, nil
}

// walk follows one order of nodes; ok is false as soon as it cannot become less than best.
func (c *canonicalizer) walk(nodes []int32, issuer *labels, best string) (p path, ok bool, err error) {
	var text strings.Builder
	var deeper []int32
	worse := func() bool { return best != "" && text.Len() >= len(best) && text.String() > best }
	for _, n := range nodes {
		if err := c.spend(1); err != nil {
			return p, false, err
		}
		text.WriteString("_:")
		if label := c.nodes[n].label; label != "" {
			text.WriteString(label)
		} else {
			if issuer.at[n] == 0 {
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
		text.WriteString("_:" + issuer.issue(n) + "<" + r.text + ">")
		issuer = r.issuer
		if worse() {
			return p, false, nil
		}
	}
	return path{text: text.String(), issuer: issuer}, true, nil
}

// nextPermutation brings a into the next lexicographic order; false after the last.
func nextPermutation(a []int32) bool {
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
