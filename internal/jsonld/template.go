package jsonld

import (
	"bytes"
	"slices"
	"strconv"
	"sync"

	"github.com/openlaurel/laurel/internal/ijson"
)

// Template is the canonical form of one document with holes for its ids and values. Documents of the same shape (members, types
// and lengths of arrays) are canonicalised by filling the holes, without expansion; blank nodes are ranked anew each time, because
// their labels depend on what is in the holes. It is safe for concurrent use.
type Template struct {
	hash   Hash
	omit   []string // members of the document that do not count
	shape  shape
	holes  []hole
	nodes  []templateNode
	rows   []row
	groups []group
	room   sync.Pool // *filling
}

// hole is a place for one id or value, and how it is read.
type hole struct {
	how   reading
	ctx   *active
	term  *term
	value ijson.Value // of the example
	text  []byte      // of the example, as a term of canonical N-Quads
	nodes []int32     // the blank nodes whose statements it stands in
}

// reading is how a value becomes a term.
type reading uint8

const (
	asID reading = iota
	asScalar
	asValueObject
	asJSON
)

// read makes the term of a value in the way of the hole.
func (h *hole) read(w *walker, v ijson.Value) (Term, error) {
	switch h.how {
	case asID:
		return w.reference(h.ctx, v.Text())
	case asValueObject:
		return w.valueObject(h.ctx, v)
	case asJSON:
		return jsonLiteral(v)
	}
	return w.scalar(h.ctx, h.term, v)
}

// templateNode is a blank node of the example.
type templateNode struct {
	rows []int32 // in which it stands
	hash []byte  // of the first degree in the example
}

// spot is what stands at one place of a statement: a hole, a blank node, or text.
type spot struct {
	kind spotKind
	at   int32
	text []byte
}

type spotKind uint8

const (
	fixed spotKind = iota
	open
	blank
)

// row is one statement; place 0 is the subject, 1 the object, 2 the graph.
type row struct {
	places    [3]spot
	predicate []byte // with its angle brackets and the spaces around it
}

// group is the statements of one subject, by predicate.
type group struct {
	subject spot
	rows    []int32
}

// CompileTemplate makes the template of a document. ok is false for documents that have none: those that ToRDF refuses, that name
// blank nodes, or whose blank nodes look alike.
func CompileTemplate(doc ijson.Value, h Hash, options ...Option) (t *Template, ok bool) {
	if doc.Kind() != ijson.Object {
		return nil, false
	}
	w := &walker{lib: shared(), set: collect(options), holes: map[string]int32{}}
	quads, err := w.walk(doc)
	if err != nil || w.named != nil || len(w.set.with) > 0 {
		return nil, false
	}
	t = &Template{hash: h, omit: w.set.omit, holes: w.marks, shape: shapeOf(w.set.apply(doc), w.holes)}
	t.addRows(quads)
	f := newFilling(t)
	for i := range t.nodes {
		f.firstDegree(int32(i))
		t.nodes[i].hash = slices.Clone(f.hashes[i])
	}
	return t, f.rank()
}

// mark records a hole in place of the term that the walker read, and returns what stands for it in quads. Its first byte is none
// that a term of a document can begin with.
func (w *walker) mark(h hole, read Term) Term {
	if read.Kind == Blank {
		return read
	}
	n := len(w.marks)
	h.text = read.append(nil, nil, 0)
	w.marks = append(w.marks, h)
	w.holes[w.pointer()] = int32(n) //nolint:gosec // bounded by the size of a document
	return Term{Kind: IRI, Value: "\x00" + strconv.Itoa(n)}
}

// addRows turns the quads of the example into rows, nodes and groups.
func (t *Template) addRows(quads []Quad) {
	ids := map[string]int32{}
	at := map[[2]int32]int{} // by kind and number of the subject, which is never a text
	for i := range quads {
		q := &quads[i]
		r := row{predicate: []byte(" <" + q.Predicate.Value + "> ")}
		for place, term := range [...]*Term{&q.Subject, &q.Object, &q.Graph} {
			r.places[place] = t.spot(term, ids)
		}
		t.connect(&r, int32(i))
		t.rows = append(t.rows, r)
		subject := [2]int32{int32(r.places[0].kind), r.places[0].at}
		g, known := at[subject]
		if !known {
			g = len(t.groups)
			at[subject] = g
			t.groups = append(t.groups, group{subject: r.places[0]})
		}
		t.groups[g].rows = append(t.groups[g].rows, int32(i))
	}
	for _, g := range t.groups {
		slices.SortStableFunc(g.rows, func(a, b int32) int {
			return bytes.Compare(t.rows[a].predicate, t.rows[b].predicate)
		})
	}
}

func (t *Template) spot(term *Term, ids map[string]int32) spot {
	switch {
	case term.Kind == Absent:
		return spot{}
	case term.Kind == Blank:
		id, known := ids[term.Value]
		if !known {
			id = int32(len(t.nodes)) //nolint:gosec // bounded by the size of a document
			ids[term.Value] = id
			t.nodes = append(t.nodes, templateNode{})
		}
		return spot{kind: blank, at: id}
	case term.Kind == IRI && term.Value[0] == 0:
		n, _ := strconv.Atoi(term.Value[1:])
		return spot{kind: open, at: int32(n)} //nolint:gosec // as above
	}
	return spot{text: term.append(nil, nil, 0)}
}

// connect tells the nodes of a row of it, and its holes of the nodes.
func (t *Template) connect(r *row, i int32) {
	for _, s := range r.places {
		if s.kind != blank || slices.Contains(t.nodes[s.at].rows, i) {
			continue
		}
		t.nodes[s.at].rows = append(t.nodes[s.at].rows, i)
		for _, o := range r.places {
			if o.kind == open && !slices.Contains(t.holes[o.at].nodes, s.at) {
				t.holes[o.at].nodes = append(t.holes[o.at].nodes, s.at)
			}
		}
	}
}

// shape is what a document must have in common with the example: a hole takes any value, everything else is the same.
type shape struct {
	hole  int32 // or none
	kind  ijson.Kind
	text  string // of a text or a number
	truth bool
	names []string
	inner []shape
}

// shapeOf describes the members of a document.
func shapeOf(members []ijson.Member, holes map[string]int32) shape {
	s := shape{hole: none, kind: ijson.Object}
	for _, m := range members {
		s.names = append(s.names, m.Name)
		s.inner = append(s.inner, shapeAt(m.Value, ijson.Pointer("", m.Name), holes))
	}
	return s
}

func shapeAt(v ijson.Value, at string, holes map[string]int32) shape {
	if n, ok := holes[at]; ok {
		return shape{hole: n}
	}
	s := shape{hole: none, kind: v.Kind(), text: v.Text() + v.Literal(), truth: v.True()}
	for i, e := range v.Elems() {
		s.inner = append(s.inner, shapeAt(e, ijson.Index(at, i), holes))
	}
	for _, m := range v.Members() {
		s.names = append(s.names, m.Name)
		s.inner = append(s.inner, shapeAt(m.Value, ijson.Pointer(at, m.Name), holes))
	}
	return s
}

// fit finds the values of a document that differ from the example's. It is false for another shape.
func (f *filling) fit(s *shape, v ijson.Value) bool {
	switch {
	case s.hole != none:
		return f.put(s.hole, v)
	case s.kind != v.Kind():
		return false
	case s.kind == ijson.Array:
		elems := v.Elems()
		if len(elems) != len(s.inner) {
			return false
		}
		for i := range elems {
			if !f.fit(&s.inner[i], elems[i]) {
				return false
			}
		}
		return true
	case s.kind == ijson.Object:
		return f.fitMembers(s, v.Members(), nil)
	}
	if s.kind == ijson.String {
		return v.Text() == s.text
	}
	return v.Literal() == s.text && v.True() == s.truth
}

// fitMembers compares members, but for those that are left out.
func (f *filling) fitMembers(s *shape, members []ijson.Member, omit []string) bool {
	i := 0
	for at := range members {
		m := &members[at]
		if len(omit) > 0 && slices.Contains(omit, m.Name) {
			continue
		}
		if i == len(s.names) || s.names[i] != m.Name || !f.fit(&s.inner[i], m.Value) {
			return false
		}
		i++
	}
	return i == len(s.names)
}
