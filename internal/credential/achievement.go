package credential

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/contexts"
)

// Document writes the achievement as a JSON-LD document of its own, as it is served at its address.
func (a Achievement) Document() ([]byte, error) {
	a.Extra = jsontext.Value(`{"@context":["` + ContextV2 + `","` + contexts.OpenBadges + `"]}`)
	return marshal(a)
}
