package batch

import (
	"strings"

	"github.com/openlaurel/laurel/internal/limits"
)

// encoding/csv ends at the first broken quote and does not know CR alone as the end of a line. Here a broken row must
// cost nothing but itself, so the rows are cut by hand: it is one small automaton.

// defect says why a row could not be cut into cells.
type defect uint8

const (
	sound defect = iota
	openQuote
	afterQuote
	longCell
)

// span is where a row stands in the text.
type span struct {
	start, end uint32 // without the line end
	line       uint32
	defect     defect
}

// scanner cuts a text into rows.
type scanner struct {
	text      string
	delimiter byte
	pos       int
	line      int
	rescans   int // bytes that were read again after broken quotes
}

// next returns the next row; ok is false at the end of the text.
func (s *scanner) next() (row span, ok bool) {
	if s.pos >= len(s.text) {
		return span{}, false
	}
	end, after, lines, bad := s.rowEnd(s.pos)
	if bad != sound {
		// The row ends at its first line end, wherever the quote would have led: later rows are not lost.
		s.rescans += end - s.pos
		end, after = lineEnd(s.text, s.pos)
		lines = 1
	}
	row = span{start: uint32(s.pos), end: uint32(end), line: uint32(s.line), defect: bad} //nolint:gosec // a text has at most limits.CSVBytes
	s.pos = after
	s.line += lines
	return row, true
}

// rowEnd finds the end of the row that starts at pos, the start of the next one, and how many lines it takes.
func (s *scanner) rowEnd(pos int) (end, after, lines int, bad defect) {
	for {
		if pos < len(s.text) && s.text[pos] == '"' {
			var n int
			if pos, n, bad = s.quoted(pos + 1); bad != sound {
				return pos, pos, 1, bad
			}
			lines += n
		} else if pos, bad = s.plain(pos); bad != sound {
			return pos, pos, 1, bad
		}
		if pos >= len(s.text) {
			return pos, pos, lines + 1, sound
		}
		if s.text[pos] != s.delimiter {
			end, after = lineEnd(s.text, pos)
			return end, after, lines + 1, sound
		}
		pos++
	}
}

// plain runs to the delimiter or line end after an unquoted cell.
func (s *scanner) plain(pos int) (int, defect) {
	start := pos
	for pos < len(s.text) && s.text[pos] != s.delimiter && s.text[pos] != '\n' && s.text[pos] != '\r' {
		pos++
	}
	if pos-start > limits.CSVFieldBytes {
		return pos, longCell
	}
	return pos, sound
}

// quoted runs behind the closing quote of a cell whose inside starts at pos.
func (s *scanner) quoted(pos int) (after, lines int, bad defect) {
	for start := pos; ; {
		if pos >= len(s.text) {
			return pos, lines, openQuote
		}
		if pos-start > limits.CSVFieldBytes {
			return pos, lines, longCell
		}
		switch c := s.text[pos]; {
		case c == '\n' || c == '\r' && !strings.HasPrefix(s.text[pos+1:], "\n"):
			lines++
		case c == '"' && strings.HasPrefix(s.text[pos+1:], `"`):
			pos++
		case c == '"':
			return s.closed(pos+1, lines)
		}
		pos++
	}
}

// closed checks what follows a closing quote.
func (s *scanner) closed(pos, lines int) (after, n int, bad defect) {
	if pos < len(s.text) && s.text[pos] != s.delimiter && s.text[pos] != '\n' && s.text[pos] != '\r' {
		return pos, lines, afterQuote
	}
	return pos, lines, sound
}

// lineEnd returns where the line that pos is in ends, and where the next one starts: CRLF, LF and CR end a line.
func lineEnd(text string, pos int) (end, after int) {
	i := strings.IndexAny(text[pos:], "\r\n")
	if i < 0 {
		return len(text), len(text)
	}
	end = pos + i
	if strings.HasPrefix(text[end:], "\r\n") {
		return end, end + 2
	}
	return end, end + 1
}

// split cuts a sound row into its cells; a row with broken quotes is one cell.
func split(row string, delimiter byte, bad defect) []string {
	if bad != sound {
		return []string{row}
	}
	cells := make([]string, 0, 8)
	for pos := 0; ; pos++ {
		start := pos
		if pos < len(row) && row[pos] == '"' {
			for pos++; pos < len(row); pos++ {
				if row[pos] == '"' {
					if pos+1 >= len(row) || row[pos+1] != '"' {
						break
					}
					pos++
				}
			}
			cells = append(cells, strings.ReplaceAll(row[start+1:pos], `""`, `"`))
			pos++
		} else {
			for pos < len(row) && row[pos] != delimiter {
				pos++
			}
			cells = append(cells, row[start:pos])
		}
		if pos >= len(row) {
			return cells
		}
	}
}
