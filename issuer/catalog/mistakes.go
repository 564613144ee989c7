package catalog

import (
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
)

// Mistake is one thing that is wrong with a request.
type Mistake struct {
	At       string `json:"at"`       // JSON pointer into the request
	Code     string `json:"code"`     // what kind of mistake: required, text, language, url, number, twice, many, picture or other
	Sentence string `json:"sentence"` // for people
}

// Mistakes are all that is wrong with a request. They are the cause of the fault.Invalid that this package returns, so
// that errors.As finds them.
type Mistakes []Mistake

// Error joins the sentences.
func (m Mistakes) Error() string {
	parts := make([]string, len(m))
	for i, e := range m {
		parts[i] = e.At + ": " + e.Sentence
	}
	return strings.Join(parts, "; ")
}

// toldMistakes bounds the joined sentence; the whole list stays in the cause.
const toldMistakes = 20

// fault returns nil without mistakes, and otherwise one fault.Invalid that names them all and points to the first.
func (m Mistakes) fault(code string) error {
	if len(m) == 0 {
		return nil
	}
	told := m
	if len(told) > toldMistakes {
		told = told[:toldMistakes]
	}
	return fault.New(fault.Invalid, m, "%s", told.Error()).Code(code).At(m[0].At)
}
