package web

import (
	"github.com/openlaurel/laurel/internal/explain"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
)

// Explained is what a code of a check means in plain words, and what a person can do next.
type Explained struct {
	Code     string `json:"code" doc:"The stable code of a check, a warning or a refresh."`
	Language string `json:"language" doc:"Of the texts."`
	Means    string `json:"means"`
	Next     string `json:"next" doc:"What a person can do."`
}

// Explain explains a code in the language of l. An unknown code is fault.NotFound; any other error is one of our own build.
func (s *Site) Explain(l i18n.Locale, code string) (Explained, error) {
	e, ok := explain.Of(code)
	if !ok {
		return Explained{}, fault.New(fault.NotFound, nil, "there is no check with the code %.80q", code).Code("check.unknown").
			Hint("the codes stand behind each check of a result")
	}
	tr, err := s.Translator(l)
	if err != nil {
		return Explained{}, err
	}
	return Explained{Code: code, Language: l.Tag(), Means: tr.Text("explain." + e.Topic), Next: tr.Text("advice." + string(e.Next))}, nil
}
