package catalog

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Longest texts, in bytes. Description and criteria have limits.TextBytes.
const (
	nameMax  = 300
	shortMax = 300
	textMax  = 4000
	urlMax   = 2048
	emailMax = 254 // RFC 5321 §4.5.3.1.3 less the angle brackets
)

// AchievementTypes returns the closed part of OB 3.0 AchievementType; terms with the prefix "ext:" are added to it.
func AchievementTypes() []string {
	return []string{
		"Achievement", "ApprenticeshipCertificate", "Assessment", "Assignment", "AssociateDegree", "Award", "Badge", "BachelorDegree",
		"Certificate", "CertificateOfCompletion", "Certification", "CommunityService", "Competency", "Course", "CoCurricular", "Degree",
		"Diploma", "DoctoralDegree", "Fieldwork", "GeneralEducationDevelopment", "JourneymanCertificate", "LearningProgram", "License",
		"Membership", "ProfessionalDoctorate", "QualityAssuranceCredential", "MasterCertificate", "MasterDegree", "MicroCredential",
		"ResearchDoctorate", "SecondarySchoolDiploma",
	}
}

// IsAchievementType reports whether a credential can name s as its AchievementType: one of AchievementTypes, or an extension.
func IsAchievementType(s string) bool { return isTerm(s, AchievementTypes()) }

// AlignmentTypes returns the closed part of OB 3.0 AlignmentTargetType.
func AlignmentTypes() []string {
	return []string{"ceasn:Competency", "ceterms:Credential", "CFItem", "CFRubric", "CFRubricCriterion", "CFRubricCriterionLevel", "CTDL"}
}

// ResultTypes returns the closed part of OB 3.0 ResultType.
func ResultTypes() []string {
	return []string{
		"GradePointAverage", "LetterGrade", "Percent", "PerformanceLevel", "PredictedScore", "RawScore", "Result", "RubricCriterion",
		"RubricCriterionLevel", "RubricScore", "ScaledScore", "Status",
	}
}

// isTerm reports whether s is one of terms or a well-formed extension. The schema's own pattern for extensions is not
// anchored; ours is.
func isTerm(s string, terms []string) bool {
	for _, t := range terms {
		if s == t {
			return true
		}
	}
	rest, ok := strings.CutPrefix(s, "ext:")
	if !ok || rest == "" || len(rest) > 128 {
		return false
	}
	return strings.IndexFunc(rest, func(r rune) bool {
		return r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".-_", r)
	}) < 0
}

var languageCode = regexp.MustCompile(`^[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`) // OB 3.0 LanguageCode

// isLanguage reports whether s is an OB 3.0 LanguageCode.
func isLanguage(s string) bool { return len(s) <= 16 && languageCode.MatchString(s) }

// isURL reports whether s is an absolute address with one of the schemes, in ASCII, without user information.
func isURL(s string, schemes ...string) bool {
	if s == "" || len(s) > urlMax {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte("\"<>\\^`{|}", s[i]) >= 0 {
			return false
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return false
	}
	for _, scheme := range schemes {
		if u.Scheme == scheme {
			return true
		}
	}
	return false
}

// ValidEmail reports whether s is one bare mail address: no display name, comment, quoting or address literal (RFC 5321
// §4.1.2 without its rarities), letters of any script in normal form (RFC 6531). It takes one pass, whatever s is.
func ValidEmail(s string) bool {
	if len(s) < 3 || len(s) > emailMax || !utf8.ValidString(s) || !norm.NFKC.IsNormalString(s) {
		return false
	}
	local, domain, ok := strings.Cut(s, "@")
	return ok && isLocalPart(local) && isDomain(domain)
}

func isLocalPart(s string) bool {
	if s == "" || len(s) > 64 || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !wordRune(r) && !strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r)
	}) < 0
}

func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 || len(s) > 253 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		if strings.IndexFunc(l, func(r rune) bool { return r != '-' && !wordRune(r) }) >= 0 {
			return false
		}
	}
	top := labels[len(labels)-1]
	return strings.IndexFunc(top, func(r rune) bool { return r < '0' || r > '9' }) >= 0
}

// wordRune reports whether r is a letter, mark or digit of any script.
func wordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd)
}

// badText says what is wrong with a text: its coding, a control character, or its length; "" when nothing is. Line feeds
// and tabs are taken only when lines is asked for.
func badText(s string, maximum int, controls string) string {
	if !utf8.ValidString(s) {
		return "is not valid UTF-8"
	}
	if len(s) > maximum {
		return "is too long"
	}
	for _, r := range s {
		if unicode.Is(unicode.Cc, r) && !strings.ContainsRune(controls, r) || r == '\u2028' || r == '\u2029' {
			return "has a control character"
		}
	}
	return ""
}
