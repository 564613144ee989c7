package verifier

import (
	"strings"

	"github.com/openlaurel/laurel/internal/ijson"
)

// text returns a string, or of a language map or language value the English or first text.
func text(v ijson.Value) string {
	switch v.Kind() {
	case ijson.String:
		return v.Text()
	case ijson.Object:
		if s := v.Member("@value"); s.IsString() {
			return s.Text()
		}
		if s := v.Member("en"); s.IsString() {
			return s.Text()
		}
		for _, m := range v.Members() {
			if m.Value.IsString() && !strings.HasPrefix(m.Name, "@") {
				return m.Value.Text()
			}
		}
	case ijson.Array:
		if len(v.Elems()) > 0 {
			return text(v.Elems()[0])
		}
	}
	return ""
}
