package verifier

// Many is the results for several credentials that were handed over together, in their order. Each was judged by itself.
type Many struct {
	Items     []Named `json:"items"`
	Valid     int     `json:"valid"`
	Invalid   int     `json:"invalid"`
	Undecided int     `json:"undecided"`
}

// Named is the result for one of many.
type Named struct {
	Input  string `json:"input"` // what it was called: a file name, an address, or what the caller said
	Result Result `json:"result"`
}

// Add appends the result for what was called so, and counts its verdict.
func (m *Many) Add(input string, r Result) {
	m.Items = append(m.Items, Named{input, r})
	switch r.Verdict {
	case Valid:
		m.Valid++
	case Invalid:
		m.Invalid++
	default:
		m.Undecided++
	}
}
