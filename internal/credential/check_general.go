package credential

import "github.com/openlaurel/laurel/internal/fault"

// GeneralProblems is Problems for credentials in general, as the VC-API passes them on: contexts may also stand in the
// document (VCDM 2.0 §4.3). Such a context can give any name any meaning, so whoever shows the content must not go by names.
func (c *Credential) GeneralProblems() []*fault.Defect {
	return general(c.Problems())
}

func general(found []*fault.Defect) []*fault.Defect {
	var out []*fault.Defect
	for _, d := range found {
		if d.Code != "context.inline" && d.Code != "context.not_pinned" {
			out = append(out, d)
		}
	}
	return out
}
