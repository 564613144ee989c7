package jsonld

import (
	"bytes"
	"hash"
	"slices"
	"strconv"

	"github.com/openlaurel/laurel/internal/ijson"
)

// filling is the work of filling a template once, with room that is used again.
type filling struct {
	template *Template
	walker   walker
	hash     hash.Hash
	texts    [][]byte // by hole
	hashes   [][]byte // by blank node
	dirty    []bool   // by blank node: a hole beside it has another value than in the example
	labels   [][]byte // by blank node
	order    []int32
	keys     [][]byte // subjects, by group
	groups   []int32  // in the order of their subjects
	arena    []byte   // behind texts
	sums     []byte   // behind hashes
	names    []byte   // behind labels
	lines    firstDegree
	tails    []tail
	rests    []byte // behind tails

	self, other []byte // what a blank node is called in its own first degree
}

// tail is what follows the subject in a line.
type tail struct{ from, to int }

func newFilling(t *Template) *filling {
	f := &filling{
		template: t, walker: walker{lib: shared(), set: settings{}}, hash: t.hash.new(), self: []byte("_:a"), other: []byte("_:z"),
		texts: make([][]byte, len(t.holes)), hashes: make([][]byte, len(t.nodes)), dirty: make([]bool, len(t.nodes)),
		labels: make([][]byte, len(t.nodes)), order: make([]int32, len(t.nodes)),
		keys: make([][]byte, len(t.groups)), groups: make([]int32, len(t.groups)),
	}
	f.reset()
	return f
}

// reset brings back the example.
func (f *filling) reset() {
	for i := range f.texts {
		f.texts[i] = f.template.holes[i].text
	}
	for i := range f.dirty {
		f.dirty[i], f.hashes[i] = false, f.template.nodes[i].hash
	}
	f.arena, f.sums, f.names = f.arena[:0], f.sums[:0], f.names[:0]
}

// Append appends the canonical form of doc to dst: what Canonicalize says of the quads that ToRDF, with the options of the template,
// makes of it. ok is false when doc does not fit the template; then ToRDF has the answer, or the error.
func (t *Template) Append(dst []byte, doc ijson.Value) (out []byte, ok bool) {
	f, _ := t.room.Get().(*filling)
	if f == nil {
		f = newFilling(t)
	} else {
		f.reset()
	}
	defer t.room.Put(f)
	if doc.Kind() != ijson.Object || !f.fitMembers(&t.shape, doc.Members(), t.omit) {
		return dst, false
	}
	for i := range t.nodes {
		if f.dirty[i] {
			f.firstDegree(int32(i))
		}
	}
	if !f.rank() {
		return dst, false
	}
	return f.write(dst), true
}

// put fills a hole.
func (f *filling) put(n int32, v ijson.Value) bool {
	h := &f.template.holes[n]
	if equal(h.value, v) {
		return true
	}
	if v.Kind() != h.value.Kind() {
		return false
	}
	got, err := h.read(&f.walker, v)
	if err != nil || got.Kind == Blank {
		f.walker = walker{lib: f.walker.lib}
		return false
	}
	from := len(f.arena)
	f.arena = got.append(f.arena, nil, 0)
	f.texts[n] = f.arena[from:len(f.arena):len(f.arena)]
	for _, node := range h.nodes {
		f.dirty[node] = true
	}
	return true
}

func equal(a, b ijson.Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case ijson.String:
		return a.Text() == b.Text()
	case ijson.Array, ijson.Object:
		return bytes.Equal(ijson.Append(nil, a), ijson.Append(nil, b))
	}
	return a.Literal() == b.Literal() && a.True() == b.True()
}

// text is what stands at a place; a blank node is called by name.
func (f *filling) text(s *spot, name func(int32) []byte) []byte {
	switch s.kind {
	case open:
		return f.texts[s.at]
	case blank:
		return name(s.at)
	}
	return s.text
}

// rest appends a row without its subject.
func (f *filling) rest(dst []byte, r *row, name func(int32) []byte) []byte {
	dst = append(append(dst, r.predicate...), f.text(&r.places[1], name)...)
	if r.places[2].kind == blank {
		dst = append(append(dst, ' '), name(r.places[2].at)...)
	}
	return append(dst, " .\n"...)
}

// firstDegree is Hash First Degree Quads (RDFC-1.0 §4.6.3).
func (f *filling) firstDegree(self int32) {
	t, l := f.template, &f.lines
	l.text, l.lines = l.text[:0], l.lines[:0]
	name := func(id int32) []byte {
		if id == self {
			return f.self
		}
		return f.other
	}
	for _, i := range t.nodes[self].rows {
		from := len(l.text)
		l.text = append(l.text, f.text(&t.rows[i].places[0], name)...)
		l.text = f.rest(l.text, &t.rows[i], name)
		l.lines = append(l.lines, span{from: int32(from), to: int32(len(l.text)), quad: i}) //nolint:gosec // bounded by the size of a document
	}
	l.sort()
	f.hash.Reset()
	for at, line := range l.lines {
		if f.repeated(at) {
			continue
		}
		_, _ = f.hash.Write(l.text[line.from:line.to])
	}
	from := len(f.sums)
	f.sums = f.hash.Sum(f.sums)
	f.hashes[self] = f.sums[from:len(f.sums):len(f.sums)]
}

// repeated finds a statement that stands before line i already: the same text about the same nodes.
func (f *filling) repeated(i int) bool {
	l := &f.lines
	at := l.lines[i]
	for j := i - 1; j >= 0; j-- {
		line := l.lines[j]
		if !bytes.Equal(l.text[line.from:line.to], l.text[at.from:at.to]) {
			return false
		}
		if f.sameNodes(line.quad, at.quad) {
			return true
		}
	}
	return false
}

func (f *filling) sameNodes(a, b int32) bool {
	first, second := &f.template.rows[a].places, &f.template.rows[b].places
	for i := range first {
		if first[i].kind == blank && first[i].at != second[i].at {
			return false
		}
	}
	return true
}

// rank labels the blank nodes in the order of their hashes. It is false when two look alike.
func (f *filling) rank() bool {
	for i := range f.order {
		f.order[i] = int32(i)
	}
	slices.SortFunc(f.order, func(a, b int32) int { return bytes.Compare(f.hashes[a], f.hashes[b]) })
	for i, id := range f.order {
		if i > 0 && bytes.Equal(f.hashes[f.order[i-1]], f.hashes[id]) {
			return false
		}
		from := len(f.names)
		f.names = strconv.AppendInt(append(f.names, "_:c14n"...), int64(i), 10)
		f.labels[id] = f.names[from:len(f.names):len(f.names)]
	}
	return true
}

func (f *filling) label(id int32) []byte { return f.labels[id] }

// write writes the statements in the order of their lines. Subjects end with ">" or a space, which no subject contains, so that the
// lines of one stand together.
func (f *filling) write(dst []byte) []byte {
	t := f.template
	for i := range t.groups {
		f.groups[i] = int32(i)
		f.keys[i] = f.text(&t.groups[i].subject, f.label)
	}
	slices.SortFunc(f.groups, func(a, b int32) int { return compareSubjects(f.keys[a], f.keys[b]) })
	for i := 0; i < len(f.groups); {
		same := i + 1
		for same < len(f.groups) && bytes.Equal(f.keys[f.groups[i]], f.keys[f.groups[same]]) {
			same++
		}
		dst = f.writeSubject(dst, f.groups[i:same])
		i = same
	}
	return dst
}

// compareSubjects orders subjects as the lines that begin with them: a space follows.
func compareSubjects(a, b []byte) int {
	n := min(len(a), len(b))
	if c := bytes.Compare(a[:n], b[:n]); c != 0 || len(a) == len(b) {
		return c
	}
	if len(a) < len(b) {
		return int(' ') - int(b[n])
	}
	return int(a[n]) - int(' ')
}

// writeSubject writes the lines of one subject, which stands in the document once or more often.
func (f *filling) writeSubject(dst []byte, groups []int32) []byte {
	t := f.template
	subject := f.keys[groups[0]]
	rows := t.groups[groups[0]].rows
	if len(groups) > 1 {
		rows = slices.Clone(rows)
		for _, g := range groups[1:] {
			rows = append(rows, t.groups[g].rows...)
		}
		slices.SortStableFunc(rows, func(a, b int32) int { return bytes.Compare(t.rows[a].predicate, t.rows[b].predicate) })
	}
	for i := 0; i < len(rows); {
		same := i + 1
		for same < len(rows) && bytes.Equal(t.rows[rows[i]].predicate, t.rows[rows[same]].predicate) {
			same++
		}
		if same == i+1 {
			dst = f.rest(append(dst, subject...), &t.rows[rows[i]], f.label)
		} else {
			dst = f.writeSorted(dst, subject, rows[i:same])
		}
		i = same
	}
	return dst
}

// writeSorted writes the lines with one subject and one predicate.
func (f *filling) writeSorted(dst, subject []byte, rows []int32) []byte {
	f.tails, f.rests = f.tails[:0], f.rests[:0]
	for _, i := range rows {
		from := len(f.rests)
		f.rests = f.rest(f.rests, &f.template.rows[i], f.label)
		f.tails = append(f.tails, tail{from, len(f.rests)})
	}
	slices.SortFunc(f.tails, func(a, b tail) int { return bytes.Compare(f.rests[a.from:a.to], f.rests[b.from:b.to]) })
	for i, l := range f.tails {
		text := f.rests[l.from:l.to]
		if i > 0 && bytes.Equal(text, f.rests[f.tails[i-1].from:f.tails[i-1].to]) {
			continue // a dataset is a set
		}
		dst = append(append(dst, subject...), text...)
	}
	return dst
}
