package batch

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/openlaurel/laurel/internal/credential"
)

// dateMax bounds the text of a date; the longest localised ones have some 50 characters.
const dateMax = 160

// The forms of dates, after normalDate. RE2 runs in linear time (threat U12).
var (
	timeOfDay = regexp.MustCompile(`^(.*[^\d:])(\d{1,2})[:h](\d{2})(?::(\d{2})(?:\.\d{1,9})?)?` +
		` ?(am|pm|a\.m\.|p\.m\.|a\. m\.|p\. m\.|ص|م|上午|下午)?$`)
	yearFirst = regexp.MustCompile(`^(\d{4})([-/.])(\d{1,2})([-/.])(\d{1,2})$`)
	yearLast  = regexp.MustCompile(`^(\d{1,2})([-/.])(\d{1,2})([-/.])(\d{4}|\d{2})$`)
	chinese   = regexp.MustCompile(`^(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日?(?:[ ,]*(?:星期|周).)?$`)
	dayMonth  = regexp.MustCompile(`^(?:[\p{L}\p{M}.]+,? )?(\d{1,2})(?:\.|st|nd|rd|th|er|º)?(?: de| of)?` +
		` ([\p{L}\p{M}.]+),?(?: de| del)? (\d{4})(?: г\.?)?$`)
	monthDay   = regexp.MustCompile(`^(?:[\p{L}\p{M}.]+,? )?([\p{L}\p{M}.]+) (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$`)
	trailingAt = regexp.MustCompile(`[ ,]+(?:at|à|a las|в)?$`)
)

// dateReader reads dates as exports write them.
type dateReader struct {
	order DateOrder
	zone  *time.Location
}

// parse reads one date, with or without a time of day. It takes RFC 3339 and other forms with the year first, numbers with
// the year last where the order is certain, and days with the month's name in the six languages of the United Nations.
func (d dateReader) parse(s string) (time.Time, *Reason) {
	if len(s) > dateMax {
		return time.Time{}, badDate()
	}
	if t, err := credential.ParseTime(s); err == nil {
		return t, inRange(t)
	}
	date, clock, ok := splitTime(normalDate(s))
	if !ok {
		return time.Time{}, badDate()
	}
	y, m, day, reason := d.date(date)
	if reason != nil {
		return time.Time{}, reason
	}
	t := time.Date(y, time.Month(m), day, clock[0], clock[1], clock[2], 0, d.zone)
	if t.Year() != y || int(t.Month()) != m || t.Day() != day {
		return time.Time{}, badDate()
	}
	return t, inRange(t)
}

func badDate() *Reason {
	return &Reason{Code: "csv.date", Sentence: "the date cannot be read; write it as 2026-01-31 or 2026-01-31T09:00:00Z"}
}

// inRange refuses years that are typing mistakes: a credential's date is a date of this age.
func inRange(t time.Time) *Reason {
	if y := t.Year(); y < 1970 || y > 2200 {
		return &Reason{Code: "csv.date_year", Sentence: "the year of the date is not between 1970 and 2200"}
	}
	return nil
}

// normalDate folds digits, blanks, commas and case, and drops direction marks.
func normalDate(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return r - '٠' + '0'
		case r >= '۰' && r <= '۹':
			return r - '۰' + '0'
		case r == '\u00a0' || r == '\u202f' || r == '\t':
			return ' '
		case r == '،' || r == '，':
			return ','
		case r == '\u200e' || r == '\u200f' || r == '\u061c':
			return -1
		}
		return r
	}, norm.NFC.String(s))
	return strings.Join(strings.Fields(strings.ToLower(s)), " ")
}

// splitTime takes the time of day off the end; without one it is midnight.
func splitTime(s string) (date string, clock [3]int, ok bool) {
	m := timeOfDay.FindStringSubmatch(isoBlank(s))
	if m == nil {
		return s, clock, s != ""
	}
	for i := range clock {
		clock[i], _ = strconv.Atoi(m[i+2])
	}
	afternoon := strings.HasPrefix(m[5], "p") || m[5] == "م" || m[5] == "下午"
	if m[5] != "" && (clock[0] < 1 || clock[0] > 12) {
		return "", clock, false
	}
	switch {
	case afternoon && clock[0] < 12:
		clock[0] += 12
	case m[5] != "" && !afternoon && clock[0] == 12:
		clock[0] = 0
	}
	return trailingAt.ReplaceAllString(m[1], ""), clock, clock[0] < 24 && clock[1] < 60 && clock[2] < 60
}

// isoBlank turns the T of 2026-01-31t09:00 into a blank.
func isoBlank(s string) string {
	if len(s) > 10 && s[10] == 't' && yearFirst.MatchString(s[:10]) {
		return s[:10] + " " + s[11:]
	}
	return s
}

// date reads the date without its time of day.
func (d dateReader) date(s string) (y, m, day int, reason *Reason) {
	if p := yearFirst.FindStringSubmatch(s); p != nil && p[2] == p[4] {
		return number(p[1]), number(p[3]), number(p[5]), nil
	}
	if p := chinese.FindStringSubmatch(s); p != nil {
		return number(p[1]), number(p[2]), number(p[3]), nil
	}
	if p := yearLast.FindStringSubmatch(s); p != nil && p[2] == p[4] {
		return d.numeric(p)
	}
	if p := dayMonth.FindStringSubmatch(s); p != nil {
		return named(p[3], p[2], p[1])
	}
	if p := monthDay.FindStringSubmatch(s); p != nil {
		return named(p[3], p[1], p[2])
	}
	return 0, 0, 0, badDate()
}

// numeric reads 2/3/2026. Points mean day first wherever they are used; otherwise the order must be certain or told.
func (d dateReader) numeric(p []string) (y, m, day int, reason *Reason) {
	a, b, y := number(p[1]), number(p[3]), number(p[5])
	if len(p[5]) == 2 {
		y += 2000 // Moodle's short form; no export is older than the course
	}
	switch {
	case p[2] == "." || d.order == DayFirst:
		return y, b, a, nil
	case d.order == MonthFirst:
		return y, a, b, nil
	case a == b || a > 12:
		return y, b, a, nil
	case b > 12:
		return y, a, b, nil
	}
	return 0, 0, 0, &Reason{
		Code: "csv.date_ambiguous", Sentence: "the date can be read in two ways; say whether the day or the month comes first",
	}
}

func named(year, month, day string) (y, m, d int, reason *Reason) {
	if m = monthNumber(strings.TrimRight(month, ".")); m == 0 {
		return 0, 0, 0, badDate()
	}
	return number(year), m, number(day), nil
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// monthNumber knows the names of months in English, French, Spanish, Russian (genitive) and Arabic (both sets), and the
// usual short forms; 0 for any other word.
func monthNumber(s string) int {
	for i, names := range [12]string{
		"january jan janvier janv enero ene января янв يناير",
		"february feb février févr fevrier febrero февраля февр фев فبراير شباط",
		"march mar mars marzo марта мар مارس آذار",
		"april apr avril avr abril abr апреля апр أبريل ابريل إبريل نيسان",
		"may mai mayo мая май مايو أيار",
		"june jun juin junio июня июн يونيو حزيران",
		"july jul juillet juil julio июля июл يوليو تموز",
		"august aug août aout agosto ago августа авг أغسطس اغسطس آب",
		"september sep sept septembre septiembre setiembre сентября сент сен سبتمبر أيلول",
		"october oct octobre octubre октября окт أكتوبر اكتوبر",
		"november nov novembre noviembre ноября нояб ноя نوفمبر",
		"december dec décembre déc decembre diciembre dic декабря дек ديسمبر",
	} {
		for _, n := range strings.Fields(names) {
			if n == s {
				return i + 1
			}
		}
	}
	return 0
}
