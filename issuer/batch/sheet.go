package batch

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// Columns that WriteBadRows puts before the original ones. Their presence says that cells were escaped.
const (
	lineHeading    = "laurel_line"
	problemHeading = "laurel_problem"
)

// columnsMax bounds the columns of a table; a course has some hundred activities at most, with two columns each.
const columnsMax = 2000

// Sheet is a table that was read. It keeps the text once, and cuts a row when it is asked for it.
type Sheet struct {
	Encoding  Encoding
	Delimiter rune
	Headings  []string // as they stand, without the columns that Laurel added
	text      string
	rows      []span
	cols      columns
	added     int // columns that WriteBadRows added
	dates     DateOrder
	zone      *time.Location
	repairs   map[int][]string // cells of rows that somebody corrected
}

// Read reads a table from r: Parse with the bound limits.CSVBytes.
func Read(r io.Reader, o Options) (*Sheet, error) {
	data, err := io.ReadAll(io.LimitReader(r, limits.CSVBytes+1))
	if err != nil {
		return nil, fmt.Errorf("table: %w", err)
	}
	return Parse(data, o)
}

// Parse reads a CSV table with a heading line: UTF-8 or UTF-16 with or without a mark, comma, semicolon or tab, any line
// ends. Empty lines are left out. What is wrong with one row is said by Plan; an error means that there is no table, or
// that nobody could say which column is which: a fault of kind Invalid or TooLarge with a code "csv.…".
func Parse(data []byte, o Options) (*Sheet, error) {
	s, err := Cut(data, o)
	if err != nil {
		return nil, err
	}
	if s.cols, err = mapColumns(s.Headings, o.Map); err != nil {
		return nil, err
	}
	return s, nil
}

// Cut is Parse without a decision on which column is which: Assign makes it, and Guess says what it could be. Until then no row
// can be planned.
func Cut(data []byte, o Options) (*Sheet, error) {
	if len(data) > limits.CSVBytes {
		return nil, fault.New(fault.TooLarge, nil, "the file has more than %d MiB", limits.CSVBytes>>20).Code("limits.csv_bytes")
	}
	s := &Sheet{dates: o.Dates, zone: o.Zone}
	if s.zone == nil {
		s.zone = time.UTC
	}
	if kind := foreign(data); kind != "" {
		return nil, fault.New(fault.Invalid, nil, "this is %s, not a CSV file", kind).Code("csv.kind").
			Hint("open it in a spreadsheet program and save it as CSV UTF-8")
	}
	s.text, s.Encoding = decode(data)
	lead, err := s.delimit(o.Delimiter)
	if err != nil {
		return nil, err
	}
	sc := &scanner{text: s.text, delimiter: octet(s.Delimiter), pos: lead.pos, line: lead.line}
	head, ok := s.heading(sc)
	if !ok {
		return nil, fault.New(fault.Invalid, nil, "the file is empty").Code("csv.empty")
	}
	if err := s.readHeading(head); err != nil {
		return nil, err
	}
	return s, s.scan(sc)
}

// octet returns a delimiter as the one byte that it is.
func octet(delimiter rune) byte { return string(delimiter)[0] }

// place is a position in the text.
type place struct{ pos, line int }

// delimit sets the delimiter: as told, as a first line "sep=;" says (a habit of spreadsheets), or the one that cuts the
// first line into most cells. It returns where the table starts.
func (s *Sheet) delimit(told rune) (place, error) {
	start := place{0, 1}
	end, after := lineEnd(s.text, 0)
	if line := strings.Trim(s.text[:end], `"`); len(line) == 5 && strings.EqualFold(line[:4], "sep=") {
		start = place{after, 2}
		if d := rune(line[4]); told == 0 && strings.ContainsRune(",;\t", d) {
			told = d
		}
	}
	switch told {
	case ',', ';', '\t':
		s.Delimiter = told
		return start, nil
	case 0:
	default:
		return place{}, fault.New(fault.Invalid, nil, "the delimiter is a comma, a semicolon or a tab").Code("csv.delimiter")
	}
	most := 0
	for _, d := range []rune{',', ';', '\t'} {
		sc := scanner{text: s.text, delimiter: octet(d), pos: start.pos, line: 1}
		if row, ok := s.heading(&sc); ok {
			if n := len(split(s.text[row.start:row.end], octet(d), row.defect)); n > most {
				most, s.Delimiter = n, d
			}
		}
	}
	if most == 0 {
		s.Delimiter = ','
	}
	return start, nil
}

// heading returns the first row that is not empty.
func (s *Sheet) heading(sc *scanner) (span, bool) {
	for {
		row, ok := sc.next()
		if !ok || strings.TrimSpace(s.text[row.start:row.end]) != "" {
			return row, ok
		}
	}
}

func (s *Sheet) readHeading(head span) error {
	names := split(s.text[head.start:head.end], octet(s.Delimiter), head.defect)
	if head.defect != sound {
		return fault.New(fault.Invalid, nil, "line %d: the headings have a broken quotation mark", head.line).Code("csv.quote")
	}
	if len(names) > columnsMax {
		return fault.New(fault.TooLarge, nil, "the file has more than %d columns", columnsMax).Code("limits.csv_columns")
	}
	for i, n := range names {
		if !utf8.ValidString(n) {
			return fault.New(fault.Invalid, nil, "line %d, column %d: the heading is not UTF-8", head.line, i+1).Code("csv.utf8").
				Hint("save the file as CSV UTF-8")
		}
		if strings.ContainsRune(n, 0) {
			return fault.New(fault.Invalid, nil, "line %d, column %d: the heading has a NUL character", head.line, i+1).Code("csv.control")
		}
		names[i] = strings.TrimSpace(n)
	}
	if len(names) > 2 && names[0] == lineHeading && names[1] == problemHeading {
		s.added = 2
		names = names[2:]
		for i, n := range names {
			names[i] = unescapeCell(n)
		}
	}
	s.Headings = names
	return nil
}

// scan finds the rows.
func (s *Sheet) scan(sc *scanner) error {
	for {
		row, ok := sc.next()
		if !ok {
			return nil
		}
		if s.blank(row) {
			continue
		}
		if len(s.rows) >= limits.CSVRows {
			return fault.New(fault.TooLarge, nil, "the file has more than %d rows", limits.CSVRows).Code("limits.csv_rows")
		}
		if sc.rescans > 8*limits.CSVBytes {
			return fault.New(fault.Invalid, nil, "line %d: too many broken quotation marks in the file", row.line).Code("csv.quote")
		}
		s.rows = append(s.rows, row)
	}
}

// blank reports whether a row is nothing but delimiters, blanks and empty quotes: spreadsheets add such rows.
func (s *Sheet) blank(row span) bool {
	if row.defect != sound {
		return false
	}
	return strings.IndexFunc(s.text[row.start:row.end], func(r rune) bool {
		return r != ' ' && r != '\t' && r != '"' && r != s.Delimiter
	}) < 0
}

// Len returns the number of rows that are not empty, without the heading.
func (s *Sheet) Len() int { return len(s.rows) }

// Line returns the line of the file, from 1, on which row i (from 0) starts.
func (s *Sheet) Line(i int) int { return int(s.rows[i].line) }

// Cells returns the cells of row i (from 0) under Headings, as they stood in the original file. A row with broken
// quotation marks is one cell.
func (s *Sheet) Cells(i int) []string {
	if cells, ok := s.repairs[i]; ok {
		return slices.Clone(cells)
	}
	row := s.rows[i]
	cells := split(s.text[row.start:row.end], octet(s.Delimiter), row.defect)
	if s.added == 0 || row.defect != sound {
		return cells
	}
	cells = cells[min(s.added, len(cells)):]
	for j, c := range cells {
		cells[j] = unescapeCell(c)
	}
	return cells
}

// Repair puts cells in the place of those of row i (from 0), one for each heading. Other counts, text that is not UTF-8 and NUL
// are fault.Invalid, and so is a row that there is not.
func (s *Sheet) Repair(i int, cells []string) error {
	if i < 0 || i >= len(s.rows) || len(cells) != len(s.Headings) {
		return fault.New(fault.Invalid, nil, "a row is repaired with one cell for each of its %d headings", len(s.Headings)).Code("csv.columns")
	}
	for _, c := range cells {
		if !utf8.ValidString(c) || strings.ContainsRune(c, 0) {
			return fault.New(fault.Invalid, nil, "a cell is no text in UTF-8").Code("csv.utf8")
		}
		if len(c) > limits.CSVFieldBytes {
			return fault.New(fault.TooLarge, nil, "a cell has more than %d bytes", limits.CSVFieldBytes).Code("csv.too_long")
		}
	}
	if s.repairs == nil {
		s.repairs = map[int][]string{}
	}
	s.repairs[i] = slices.Clone(cells)
	return nil
}

// At returns the place of the column that is read as f, from 0.
func (s *Sheet) At(f Field) (column int, ok bool) {
	column, ok = s.cols[f]
	return column, ok
}

// FieldOf returns what column i (from 0) is read as; ok is false for one that nobody reads.
func (s *Sheet) FieldOf(i int) (f Field, ok bool) {
	for f, at := range s.cols {
		if at == i {
			return f, true
		}
	}
	return "", false
}

// Column returns the heading of the column that is read as f.
func (s *Sheet) Column(f Field) (heading string, ok bool) {
	i, ok := s.cols[f]
	if !ok {
		return "", false
	}
	return s.Headings[i], true
}
