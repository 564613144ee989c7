package pdf

import (
	"bytes"

	"github.com/openlaurel/laurel/internal/limits"
)

// tail is how much of the end of the file is searched for "startxref", as viewers do.
const tail = 1024

// open reads all cross-reference sections, the newest first, and returns the newest trailer. What a newer section says of an
// object, also that it is gone, an older one cannot change (ISO 32000-2 §7.5.6, §7.5.8.4).
func (d *document) open() (dict, error) {
	at, err := d.startxref()
	if err != nil {
		return nil, err
	}
	var newest dict
	seen := make(map[int]bool)
	for {
		if seen[at] {
			return nil, malformed("its revisions run in a circle")
		}
		if seen[at] = true; len(seen) > limits.PDFRevisions {
			return nil, tooMuch("revisions", limits.PDFRevisions)
		}
		trailer, err := d.section(at)
		if err != nil {
			return nil, err
		}
		if newest == nil {
			newest = trailer
		}
		previous, more := trailer["Prev"]
		if !more {
			return newest, nil
		}
		var ok bool
		if at, ok = previous.(int); !ok {
			return nil, malformed("an earlier revision is not named by a number")
		}
	}
}

// startxref finds the offset of the newest section; behind the end of the file nothing but white space may follow, so that
// two readers cannot take two ends.
func (d *document) startxref() (int, error) {
	from := max(0, len(d.data)-tail)
	i := bytes.LastIndex(d.data[from:], []byte("startxref"))
	if i < 0 {
		return 0, malformed("its end is missing")
	}
	l := lexer{data: d.data, pos: from + i + len("startxref"), budget: &d.budget}
	at, err := l.integer()
	if err != nil {
		return 0, err
	}
	rest := bytes.TrimLeftFunc(d.data[l.pos:], func(r rune) bool { return r < 0x80 && isSpace(byte(r)) }) //nolint:gosec // looked at before
	rest, ended := bytes.CutPrefix(rest, []byte("%%EOF"))
	for _, c := range rest {
		if !isSpace(c) {
			return 0, malformed("something follows its end")
		}
	}
	if !ended || at <= 0 || at >= len(d.data) {
		return 0, malformed("its end is damaged")
	}
	return at, nil
}

// section reads a cross-reference table with its trailer, or a cross-reference stream, whose dictionary is the trailer.
func (d *document) section(at int) (dict, error) {
	if at <= 0 || at >= len(d.data) {
		return nil, malformed("a revision lies outside the file")
	}
	l := lexer{data: d.data, pos: at, budget: &d.budget}
	l.skip()
	var trailer dict
	var err error
	if bytes.HasPrefix(d.data[l.pos:], []byte("xref")) {
		trailer, err = d.table(&l)
	} else {
		trailer, err = d.tableStream(at)
	}
	if err != nil {
		return nil, err
	}
	if trailer["Encrypt"] != nil {
		return nil, encrypted()
	}
	hybrid, ok := trailer["XRefStm"].(int)
	if !ok {
		return trailer, nil
	}
	more, err := d.tableStream(hybrid)
	if err == nil && more["Encrypt"] != nil {
		err = encrypted()
	}
	return trailer, err
}

// table reads "xref 0 6 0000000000 65535 f … trailer << … >>" (§7.5.4).
func (d *document) table(l *lexer) (dict, error) {
	defer func(from int) { d.bytes -= l.pos - from }(l.pos)
	l.pos += len("xref")
	for {
		tok, err := l.token()
		if err != nil {
			return nil, err
		}
		if tok == keyword("trailer") {
			v, err := l.object(0)
			if trailer, ok := v.(dict); ok && err == nil {
				return trailer, nil
			}
			return nil, malformed("a trailer is no dictionary")
		}
		first, ok := tok.(int)
		count, err := l.integer()
		if err != nil || !ok || first < 0 || count < 0 {
			return nil, malformed("a table of objects is damaged")
		}
		for i := range count {
			if err := d.row(l, first+i); err != nil {
				return nil, err
			}
		}
	}
}

func (d *document) row(l *lexer, num int) error {
	offset, err := l.integer()
	if err != nil {
		return err
	}
	gen, err := l.integer()
	if err != nil {
		return err
	}
	kind, err := l.token()
	switch {
	case err != nil:
		return err
	case kind == keyword("n") && offset > 0:
		return d.add(num, entry{kind: plain, offset: offset, gen: gen})
	case kind == keyword("n"), kind == keyword("f"):
		return d.add(num, entry{})
	}
	return malformed("a table of objects is damaged")
}

func (d *document) add(num int, e entry) error {
	if _, newer := d.entries[num]; newer {
		return nil
	}
	if len(d.entries) >= limits.PDFObjects {
		return tooMuch("objects", limits.PDFObjects)
	}
	d.entries[num] = e
	return nil
}

// tableStream reads a cross-reference stream (§7.5.8).
func (d *document) tableStream(at int) (dict, error) {
	_, _, v, err := d.indirect(at)
	if err != nil {
		return nil, err
	}
	s, ok := v.(*stream)
	if !ok || s.dict["Type"] != name("XRef") {
		return nil, malformed("there is no table of objects at offset %d", at)
	}
	widths, ok := integers(s.dict["W"])
	if !ok || len(widths) != 3 || max(widths[0], widths[1], widths[2]) > 6 || widths[1] == 0 {
		return nil, malformed("a table of objects has columns that cannot be")
	}
	ranges, ok := integers(s.dict["Index"])
	if s.dict["Index"] == nil {
		ranges, ok = integers(array{0, s.dict["Size"]})
	}
	if !ok || len(ranges)%2 != 0 {
		return nil, malformed("a table of objects is damaged")
	}
	rows, err := d.decode(s)
	if err != nil {
		return nil, err
	}
	width := widths[0] + widths[1] + widths[2]
	for ; len(ranges) > 0; ranges = ranges[2:] {
		for i := range ranges[1] {
			if len(rows) < width {
				return nil, malformed("a table of objects ends too early")
			}
			if err := d.add(ranges[0]+i, streamRow(rows, widths)); err != nil {
				return nil, err
			}
			rows = rows[width:]
		}
	}
	return s.dict, nil
}

func streamRow(row []byte, widths []int) entry {
	field := func(i, absent int) int {
		if widths[i] == 0 {
			return absent
		}
		n := 0
		for _, c := range row[:widths[i]] {
			n = n<<8 | int(c)
		}
		row = row[widths[i]:]
		return n
	}
	kind, second, third := field(0, 1), field(1, 0), field(2, 0)
	switch {
	case kind == 1 && second > 0:
		return entry{kind: plain, offset: second, gen: third}
	case kind == 2:
		return entry{kind: compressed, container: second, index: third}
	}
	return entry{} // free, or of a kind to come, which is read as null
}

// integers reads an array of whole numbers that are not negative and not absurd.
func integers(v any) ([]int, bool) {
	list, ok := v.(array)
	out := make([]int, len(list))
	for i, e := range list {
		n, isInt := e.(int)
		if !isInt || n < 0 || n > 1<<32 {
			return nil, false
		}
		out[i] = n
	}
	return out, ok
}
