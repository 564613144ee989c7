package batch

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// Longest cells, in bytes.
const (
	nameMax = 300
	idMax   = 255
	urlMax  = 2048
)

// rowReader turns the cells of one row into what can be awarded, and collects reasons why not.
type rowReader struct {
	cells   []string
	cols    columns
	reasons []Reason
}

func (r *rowReader) wrong(code string, f Field, sentence string) {
	r.reasons = append(r.reasons, Reason{Code: code, Field: f, Sentence: sentence})
}

// tooLong is a cell of more than that many bytes.
func tooLong(f Field, maximum int) Reason {
	return Reason{Code: "csv.too_long", Field: f, Sentence: fmt.Sprintf("the cell is too long: at most %d bytes are taken", maximum),
		Values: map[string]string{"maximum": strconv.Itoa(maximum)}}
}

// ready reads row i. skip means that it is sound and has nothing to award. It gives the same answer every time, so that a
// plan need not keep what its rows say.
func (im *Importer) ready(ctx context.Context, p *Plan, i int) (out Ready, reasons []Reason, skip bool, err error) {
	s := p.sheet
	if why := broken(s, i); why != nil {
		return out, []Reason{*why}, false, nil
	}
	r := &rowReader{cells: s.Cells(i), cols: s.cols}
	if !r.width(len(s.Headings)) {
		return out, r.reasons, false, nil
	}
	dates := dateReader{order: s.dates, zone: s.zone}
	out = Ready{Line: s.Line(i), Issuer: p.Target.Issuer}
	out.AwardedAt, skip = r.awardedAt(dates, p.today)
	if skip {
		// Whatever else is wrong with a row that awards nothing need not be repaired.
		return out, nil, true, nil
	}
	out.Name = r.name()
	out.Email = r.email()
	out.RecipientID = r.recipientID()
	out.Narrative = r.text(Narrative, limits.CSVFieldBytes)
	out.EvidenceURL = r.evidence()
	out.Language = r.language()
	out.ExpiresAt = r.expiresAt(dates, out.AwardedAt)
	ref := r.text(Achievement, idMax)
	if ref == "" {
		ref = p.Target.Achievement
	}
	if ref == "" {
		r.wrong("csv.achievement_missing", Achievement, "the row names no achievement, and none is given for the file")
	} else {
		id, why, err := im.achievement(ctx, p, ref)
		if err != nil {
			return out, nil, false, err
		}
		if why != nil {
			r.reasons = append(r.reasons, *why)
		}
		out.AchievementID = id
	}
	out.ExternalID, out.derived = r.externalID(p.Target.Source, out)
	return out, r.reasons, false, nil
}

// broken says what is wrong with the row as a row.
func broken(s *Sheet, i int) *Reason {
	if _, ok := s.repairs[i]; ok {
		return nil // looked at when it was repaired
	}
	row := s.rows[i]
	switch row.defect {
	case openQuote, afterQuote:
		return &Reason{Code: "csv.quote", Sentence: "the row has a broken quotation mark"}
	case longCell:
		why := tooLong("", limits.CSVFieldBytes)
		return &why
	}
	if !utf8.ValidString(s.text[row.start:row.end]) {
		return &Reason{Code: "csv.utf8", Sentence: "the row is not valid UTF-8 (or UTF-16); save the file as CSV UTF-8"}
	}
	return nil
}

// width asks for as many cells as there are headings: with fewer or more nobody knows which cell is which. Empty cells at
// the end do no harm.
func (r *rowReader) width(n int) bool {
	for len(r.cells) > n && strings.TrimSpace(r.cells[len(r.cells)-1]) == "" {
		r.cells = r.cells[:len(r.cells)-1]
	}
	if len(r.cells) != n {
		r.reasons = append(r.reasons, Reason{Code: "csv.columns", Sentence: fmt.Sprintf("the row has %d cells, the headings are %d", len(r.cells), n),
			Values: map[string]string{"cells": strconv.Itoa(len(r.cells)), "headings": strconv.Itoa(n)}})
		return false
	}
	return true
}

// cell returns the trimmed cell of a field, "" when the file has no such column.
func (r *rowReader) cell(f Field) string {
	i, ok := r.cols[f]
	if !ok {
		return ""
	}
	return strings.TrimFunc(r.cells[i], unicode.IsSpace)
}

// text returns a cell after the checks that hold for every text: formulas (threat W03), control characters, length.
func (r *rowReader) text(f Field, maximum int) string {
	s := r.cell(f)
	if s == "" {
		return ""
	}
	switch raw := r.cells[r.cols[f]]; {
	case isFormula(raw) || isFormula(s):
		r.wrong("csv.formula", f, "the cell begins like a formula; write the plain text")
	case len(s) > maximum:
		r.reasons = append(r.reasons, tooLong(f, maximum))
	case strings.IndexFunc(s, func(c rune) bool {
		return unicode.Is(unicode.Cc, c) && (f != Narrative || !strings.ContainsRune("\r\n\t", c))
	}) >= 0:
		r.wrong("csv.control", f, "the cell has a control character")
	default:
		return s
	}
	return ""
}

// isFormula reports whether a spreadsheet would run s: = + - @ (also full-width), TAB or CR at its start.
func isFormula(s string) bool {
	c, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", c)
}

func (r *rowReader) awardedAt(d dateReader, today time.Time) (t time.Time, skip bool) {
	if _, ok := r.cols[AwardedAt]; !ok {
		return t, false
	}
	s := r.cell(AwardedAt)
	if s == "" || s == "-" {
		return t, true
	}
	t, why := d.parse(s)
	if why == nil && t.After(today.Add(24*time.Hour)) {
		why = &Reason{Code: "csv.date_future", Sentence: "the date is in the future"}
	}
	if why != nil {
		why.Field = AwardedAt
		r.reasons = append(r.reasons, *why)
	}
	return t, false
}

func (r *rowReader) expiresAt(d dateReader, awarded time.Time) time.Time {
	s := r.cell(ExpiresAt)
	if s == "" {
		return time.Time{}
	}
	t, why := d.parse(s)
	if why == nil && !awarded.IsZero() && !t.After(awarded) {
		why = &Reason{Code: "csv.date_order", Sentence: "it expires before it is awarded"}
	}
	if why != nil {
		why.Field = ExpiresAt
		r.reasons = append(r.reasons, *why)
	}
	return t
}

func (r *rowReader) name() string {
	before := len(r.reasons)
	name := r.text(Name, nameMax)
	if name == "" {
		name = strings.TrimSpace(r.text(FirstName, nameMax/2) + " " + r.text(LastName, nameMax/2))
	}
	if name == "" && len(r.reasons) == before {
		r.wrong("csv.name", Name, "the learner has no name")
	}
	return name
}

func (r *rowReader) email() string {
	s := r.text(Email, urlMax)
	if s != "" && !catalog.ValidEmail(s) {
		r.wrong("csv.email", Email, "this is no plain mail address")
	}
	return s
}

// recipientID takes a DID or another absolute URI in ASCII.
func (r *rowReader) recipientID() string {
	s := r.text(RecipientID, urlMax)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	odd := strings.IndexFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f })
	if err != nil || u.Scheme == "" || u.Opaque == "" && u.Host == "" || odd >= 0 {
		r.wrong("csv.recipient_id", RecipientID, "this is no DID and no other URI")
	}
	return s
}

func (r *rowReader) evidence() string {
	s := r.text(EvidenceURL, urlMax)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		r.wrong("csv.evidence", EvidenceURL, "this is no https address")
	}
	return s
}

// language takes a language that the pages speak, as a tag or by its own name.
func (r *rowReader) language() string {
	s := r.text(Language, idMax)
	if s == "" {
		return ""
	}
	if l, ok := i18n.Parse(s); ok {
		return l.Tag()
	}
	for _, l := range i18n.Locales() {
		if strings.EqualFold(s, l.Name()) {
			return l.Tag()
		}
	}
	r.wrong("csv.language", Language, "the language is one of ar, en, es, fr, ru and zh")
	return ""
}

// externalID returns the id that the file gives, or one that is derived from the achievement and the learner, so that the
// same file again repeats no award. The learner's own id counts before the mail address, which people change.
func (r *rowReader) externalID(source string, out Ready) (id string, derived bool) {
	before := len(r.reasons)
	if s := r.text(ExternalID, idMax); s != "" || len(r.reasons) > before {
		return s, false
	}
	learner, kind := r.text(LearnerID, idMax), "id"
	if learner == "" {
		learner, kind = out.RecipientID, "uri"
	}
	if learner == "" {
		learner, kind = foldEmail(out.Email), "mail"
	}
	if learner == "" {
		if len(r.reasons) == before {
			r.wrong("csv.learner", Email, "nothing says which learner this is: neither a mail address nor an id")
		}
		return "", false
	}
	k := key("laurel:row:1", source, out.AchievementID, kind, learner)
	return "row:" + hex.EncodeToString(k[:]), true
}

// foldEmail is how two mail addresses are compared within a file: without case. It decides who stands twice, never who
// somebody is.
func foldEmail(s string) string { return strings.ToLower(s) }
