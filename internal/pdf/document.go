package pdf

import (
	"bytes"

	"github.com/openlaurel/laurel/internal/limits"
)

// document resolves references. What it has read once it keeps; what it may read in all is bounded.
type document struct {
	data     []byte
	entries  map[int]entry
	values   map[ref]any
	packed   map[int]*packed
	reading  map[ref]bool // being read, so that nothing needs itself
	budget   int          // values that may still be read
	bytes    int          // bytes that may still be looked through
	inflated int          // bytes that filters may still give
}

// entry says where an object is: at an offset, or as number index in an object stream.
type entry struct {
	kind             entryKind
	offset, gen      int
	container, index int
}

type entryKind uint8

const (
	free entryKind = iota
	plain
	compressed
)

func newDocument(data []byte) *document {
	return &document{
		data: data, entries: make(map[int]entry), values: make(map[ref]any), packed: make(map[int]*packed), reading: make(map[ref]bool),
		budget: limits.PDFValues, bytes: limits.PDFReadBytes, inflated: limits.PDFInflatedBytes,
	}
}

// resolve follows v when it is a reference. An object that does not exist is null (ISO 32000-2 §7.3.10).
func (d *document) resolve(v any) (any, error) {
	r, ok := v.(ref)
	if !ok {
		return v, nil
	}
	if v, ok := d.values[r]; ok {
		return v, nil
	}
	if d.reading[r] {
		return nil, malformed("an object needs itself")
	}
	if len(d.values) >= limits.PDFObjects || len(d.reading) > limits.PDFDepth {
		return nil, tooMuch("objects", limits.PDFObjects)
	}
	d.reading[r] = true
	defer delete(d.reading, r)
	v, err := d.load(r)
	if err != nil {
		return nil, err
	}
	if _, again := v.(ref); again {
		return nil, malformed("an object is nothing but a reference")
	}
	d.values[r] = v
	return v, nil
}

func (d *document) load(r ref) (any, error) {
	e := d.entries[r.num]
	switch {
	case e.kind == plain && e.gen == r.gen:
		num, gen, v, err := d.indirect(e.offset)
		if err == nil && (num != r.num || gen != r.gen) {
			err = malformed("object %d is not where it should be", r.num)
		}
		return v, err
	case e.kind == compressed && r.gen == 0:
		return d.unpack(r.num, e)
	}
	return nil, nil
}

// indirect reads "12 0 obj … endobj" at an offset, with the stream if it is one.
func (d *document) indirect(offset int) (num, gen int, v any, err error) {
	if offset <= 0 || offset >= len(d.data) {
		return 0, 0, nil, malformed("an object lies outside the file")
	}
	l := lexer{data: d.data, pos: offset, budget: &d.budget}
	defer func() {
		if d.bytes -= l.pos - offset; d.bytes < 0 && err == nil {
			err = tooMuch("bytes to look through", limits.PDFReadBytes)
		}
	}()
	var head [3]any
	for i := range head {
		if head[i], err = l.token(); err != nil {
			return 0, 0, nil, err
		}
	}
	num, isNum := head[0].(int)
	gen, isGen := head[1].(int)
	if !isNum || !isGen || head[2] != keyword("obj") {
		return 0, 0, nil, malformed("there is no object at offset %d", offset)
	}
	if v, err = l.object(0); err != nil {
		return 0, 0, nil, err
	}
	end, err := l.token()
	if err != nil {
		return 0, 0, nil, err
	}
	if about, ok := v.(dict); ok && end == keyword("stream") {
		v, err = d.stream(&l, about)
		return num, gen, v, err
	}
	if end != keyword("endobj") {
		return 0, 0, nil, malformed("object %d has no end", num)
	}
	return num, gen, v, nil
}

// stream takes the bytes of a stream, whose length must be true (§7.3.8).
func (d *document) stream(l *lexer, about dict) (any, error) {
	switch rest := l.data[l.pos:]; {
	case bytes.HasPrefix(rest, []byte("\r\n")):
		l.pos += 2
	case bytes.HasPrefix(rest, []byte("\n")):
		l.pos++
	default:
		return nil, malformed("a stream does not begin on a line of its own")
	}
	start := l.pos
	length, err := d.number(about["Length"])
	if err != nil {
		return nil, err
	}
	if length < 0 || length > len(l.data)-start {
		return nil, malformed("a stream lies about its length")
	}
	after := lexer{data: l.data, pos: start + length, budget: l.budget}
	for _, word := range []keyword{"endstream", "endobj"} {
		if tok, err := after.token(); err != nil || tok != word {
			return nil, malformed("a stream lies about its length")
		}
	}
	return &stream{dict: about, raw: l.data[start : start+length]}, nil
}

// number resolves a whole number.
func (d *document) number(v any) (int, error) {
	v, err := d.resolve(v)
	if err != nil {
		return 0, err
	}
	n, ok := v.(int)
	if !ok {
		return 0, malformed("a number is missing")
	}
	return n, nil
}

// dict resolves a dictionary; nil when it is none.
func (d *document) dict(v any) (dict, error) {
	v, err := d.resolve(v)
	out, _ := v.(dict)
	return out, err
}

// list resolves an array; nil when it is none.
func (d *document) list(v any) (array, error) {
	v, err := d.resolve(v)
	out, _ := v.(array)
	return out, err
}

// packed is an object stream: the numbers of its objects and where each begins in the text.
type packed struct {
	numbers, offsets []int
	text             []byte
}

// unpack reads an object out of an object stream (§7.5.7).
func (d *document) unpack(num int, e entry) (any, error) {
	p, err := d.objectStream(e.container)
	if err != nil {
		return nil, err
	}
	if e.index < 0 || e.index >= len(p.numbers) || p.numbers[e.index] != num {
		return nil, malformed("object %d is not in its object stream", num)
	}
	l := lexer{data: p.text, pos: p.offsets[e.index], budget: &d.budget}
	v, err := l.object(0)
	if d.bytes -= l.pos - p.offsets[e.index]; d.bytes < 0 && err == nil {
		err = tooMuch("bytes to look through", limits.PDFReadBytes)
	}
	return v, err
}

func (d *document) objectStream(num int) (*packed, error) {
	if p, ok := d.packed[num]; ok {
		return p, nil
	}
	if e := d.entries[num]; e.kind != plain {
		return nil, malformed("an object stream is not a plain object")
	}
	v, err := d.resolve(ref{num, d.entries[num].gen})
	if err != nil {
		return nil, err
	}
	s, ok := v.(*stream)
	if !ok || s.dict["Type"] != name("ObjStm") {
		return nil, malformed("object %d is no object stream", num)
	}
	count, err := d.number(s.dict["N"])
	if err != nil {
		return nil, err
	}
	first, err := d.number(s.dict["First"])
	if err != nil {
		return nil, err
	}
	text, err := d.decode(s)
	if err != nil {
		return nil, err
	}
	if first < 0 || first > len(text) || count < 0 || count > limits.PDFObjects {
		return nil, malformed("an object stream lies about its size")
	}
	p := &packed{text: text}
	l := lexer{data: text[:first], budget: &d.budget}
	for range count {
		n, err := l.integer()
		if err != nil {
			return nil, err
		}
		offset, err := l.integer()
		if err != nil {
			return nil, err
		}
		if offset < 0 || offset > len(text)-first {
			return nil, malformed("an object lies outside its object stream")
		}
		p.numbers, p.offsets = append(p.numbers, n), append(p.offsets, first+offset)
	}
	d.packed[num] = p
	return p, nil
}

// integer reads a token that must be a whole number.
func (l *lexer) integer() (int, error) {
	tok, err := l.token()
	if err != nil {
		return 0, err
	}
	n, ok := tok.(int)
	if !ok {
		return 0, malformed("a number is missing")
	}
	return n, nil
}
