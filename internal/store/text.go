package store

import (
	"database/sql"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/fault"
)

// clean refuses text that PostgreSQL cannot hold (threat U06), on both databases.
func clean(args []any) error {
	for _, a := range args {
		s, ok := a.(string)
		if ns, null := a.(sql.NullString); null {
			s, ok = ns.String, ns.Valid
		}
		if !ok {
			continue
		}
		if strings.IndexByte(s, 0) >= 0 {
			return nul()
		}
		if !utf8.ValidString(s) {
			return notUTF8(nil)
		}
	}
	return nil
}

func nul() error {
	return fault.New(fault.Invalid, nil, "the text holds a NUL character").Code("text.control")
}

func notUTF8(cause error) error {
	return fault.New(fault.Invalid, cause, "the text is not UTF-8").Code("text.utf8")
}

// nullable writes "" as NULL, so that a unique index lets several rows go without.
func nullable(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

// jsonText writes what is stored as JSON. What clean would refuse is refused here, where escapes would hide it.
func jsonText(v any) (string, error) {
	b, err := json.Marshal(v)
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		return "", notUTF8(err)
	}
	if err != nil {
		return "", err
	}
	for i := 0; i < len(b)-5; i++ {
		if b[i] != '\\' {
			continue
		}
		if string(b[i+1:i+6]) == "u0000" {
			return "", nul()
		}
		i++ // the character that is escaped
	}
	return string(b), nil
}
