package catalog

import "slices"

// Types of ours beside those of the standard, which leaves room for them under "ext:".
const (
	LearningHours      = "ext:LearningHours"      // of a ResultDescription: its required value, or the value of a result, is a number of hours
	QualificationLevel = "ext:QualificationLevel" // of an Alignment: the level in a framework of qualifications
)

// Hours is the result description of learning hours; ok is false where there is none.
func (a Achievement) Hours() (d ResultDescription, ok bool) {
	i := slices.IndexFunc(a.Results, func(r ResultDescription) bool { return r.Type == LearningHours })
	if i < 0 {
		return d, false
	}
	return a.Results[i], true
}

// Levels are the alignments with levels of frameworks of qualifications.
func (a Achievement) Levels() []Alignment {
	return slices.DeleteFunc(slices.Clone(a.Alignments), func(l Alignment) bool { return l.Type != QualificationLevel })
}

// Skills are the alignments that are no level.
func (a Achievement) Skills() []Alignment {
	return slices.DeleteFunc(slices.Clone(a.Alignments), func(l Alignment) bool { return l.Type == QualificationLevel })
}
