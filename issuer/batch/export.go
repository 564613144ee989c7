package batch

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// WriteBadRows writes the rows of the report that are a problem or failed as CSV (UTF-8 with mark, comma), to be
// repaired and imported again. Two columns come first: the line of the original file, and what is wrong. Cells that a
// spreadsheet would run are escaped (threat W03); Parse takes the escape off again, so that the original comes back. Broken
// characters become U+FFFD. It returns the number of rows.
func (r Report) WriteBadRows(w io.Writer) (int, error) {
	return writeBadRows(w, r.sheet, r.Rows, sentence)
}

// WriteBadRows writes the rows of the plan that are a problem, as Report.WriteBadRows does.
func (p *Plan) WriteBadRows(w io.Writer) (int, error) {
	return writeBadRows(w, p.sheet, p.Rows, sentence)
}

// sentence is a reason in English, with its field.
func sentence(r Reason) string {
	if r.Field != "" {
		return string(r.Field) + ": " + r.Sentence
	}
	return r.Sentence
}

func writeBadRows(w io.Writer, s *Sheet, rows []Outcome, say func(Reason) string) (int, error) {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return 0, fmt.Errorf("bad rows: %w", err)
	}
	out := csv.NewWriter(w)
	n := 0
	if err := writeRow(out, lineHeading, problemHeading, s.Headings); err != nil {
		return 0, err
	}
	for i := range rows {
		o := &rows[i]
		if o.Status != Problem && o.Status != Failed {
			continue
		}
		if err := writeRow(out, strconv.Itoa(o.Line), sentences(o.Reasons, say), s.Cells(o.row)); err != nil {
			return n, err
		}
		n++
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return n, fmt.Errorf("bad rows: %w", err)
	}
	return n, nil
}

func writeRow(out *csv.Writer, line, problem string, cells []string) error {
	row := make([]string, 0, len(cells)+2)
	row = append(row, line, problem)
	for _, c := range cells {
		row = append(row, escapeCell(strings.ToValidUTF8(c, "\ufffd")))
	}
	if err := out.Write(row); err != nil {
		return fmt.Errorf("bad rows: %w", err)
	}
	return nil
}

func sentences(rs []Reason, say func(Reason) string) string {
	parts := make([]string, len(rs))
	for i, r := range rs {
		parts[i] = say(r)
	}
	return strings.Join(parts, "; ")
}

// escapeCell puts an apostrophe before a cell that a spreadsheet would run, and before one that looks escaped already, so
// that unescapeCell is its exact inverse.
func escapeCell(s string) string {
	if dangerous(s) {
		return "'" + s
	}
	return s
}

// unescapeCell takes the apostrophe of escapeCell off.
func unescapeCell(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && dangerous(rest) {
		return rest
	}
	return s
}

// dangerous reports whether s, after any apostrophes, begins with = + - @ (also full-width), TAB, CR, LF or NUL.
func dangerous(s string) bool {
	s = strings.TrimLeft(s, "'")
	return isFormula(s) || strings.HasPrefix(s, "\n") || strings.HasPrefix(s, "\x00")
}
