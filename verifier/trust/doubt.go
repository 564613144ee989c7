package trust

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
)

// Doubt is something about an entry that whoever writes it should look at twice. It decides nothing: ids are compared byte for byte.
type Doubt struct {
	Code   string // one of the constants below, or DisplayConfusable, or of package did
	Detail string // a sentence for people
	Other  string // id of the entry that it is like, for Lookalike and SameName
}

// The codes of doubts.
const (
	Lookalike = "trust.lookalike" // its id reads like that of another entry
	SameName  = "trust.same_name" // its name reads like that of another entry
)

// Doubts says what is odd about an entry beside others: an id that nothing can be resolved by, a name or domain that passes for
// another one, and an id or a name that reads like that of somebody else who is believed. Entries of the same id are no others.
func Doubts(e Entry, others []Entry) []Doubt {
	var out []Doubt
	if err := did.Check(e.ID); err != nil {
		out = append(out, doubtOf(err))
	}
	if Confusable(e.Name) {
		out = append(out, Doubt{Code: DisplayConfusable, Detail: "The name mixes scripts or hides characters: go by the id."})
	}
	if host := hostOf(e.ID); strings.Contains(host, "xn--") && ConfusableHost(did.Readable(host)) {
		out = append(out, Doubt{Code: DisplayConfusable, Detail: "The domain reads as " + did.Readable(host) + ": compare its plain spelling, " + host + "."})
	}
	for _, o := range others {
		switch {
		case o.ID == e.ID:
		case reading(o.ID) == reading(e.ID):
			out = append(out, Doubt{Lookalike, "The id reads like " + o.ID + ", which is believed as well: they are two issuers.", o.ID})
		case e.Name != "" && skeleton(o.Name) == skeleton(e.Name):
			out = append(out, Doubt{SameName, "The name reads like that of " + o.ID + ".", o.ID})
		}
	}
	return out
}

// hostOf is the host that an identity is tied to, without its port; "" when there is none.
func hostOf(id string) string {
	host, _, _ := strings.Cut(did.Domain(id), ":")
	return host
}

// reading is how an id reads to somebody who does not compare letter by letter: neither by case, a default port or a slash at its
// end, nor by letters in disguise (threats K07, U09).
func reading(id string) string {
	if host := hostOf(id); host != "" {
		id = strings.Replace(id, host, did.Readable(host), 1)
	}
	id = strings.TrimSuffix(id, "/")
	for _, port := range []string{":443", "%3A443", "%3a443"} {
		id = strings.Replace(id, port, "", 1)
	}
	return skeleton(id)
}

// skeleton folds a text so that two texts which read the same have the same one (after the idea of Unicode UTS 39 §4): forms and
// accents of a letter, letters of other scripts that look Latin, and digits for letters. It may fold too much, never to a verdict.
func skeleton(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		r = latin(r)
		switch {
		case unicode.Is(unicode.Inherited, r): // accents
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			b.WriteRune(looks(unicode.ToLower(r)))
		case strings.ContainsRune(".:/%", r):
			b.WriteRune(r)
		}
	}
	return strings.ReplaceAll(strings.ReplaceAll(b.String(), "rn", "m"), "vv", "w")
}

// looks folds what is written alike in common typefaces.
func looks(r rune) rune {
	switch r {
	case 'i', 'j', '1':
		return 'l'
	case '0':
		return 'o'
	}
	return r
}

// latin is the Latin letter that a letter of another script looks like, else the letter itself.
func latin(r rune) rune {
	for _, pair := range [...][2]string{
		{cyrillicLikeLatin, "aceopxyiijsdqwhlABEKMHOPCTXYIJSWY"}, {greekLikeLatin, "aikvopuxyABEZHIKMNOPTYX"}, {latinInDisguise, "agijlilsrn"},
	} {
		plain := []rune(pair[1])
		for i, odd := range []rune(pair[0]) {
			if odd == r {
				return plain[i]
			}
		}
	}
	return r
}

// doubtOf makes a doubt of what is wrong with an id.
func doubtOf(err error) Doubt {
	d := fault.AsDefect(err)
	return Doubt{Code: d.Code, Detail: "Nothing can be signed by it: " + d.Detail + "."}
}
