package issuer

import "strings"

// shortLength is how many characters of a credential's id are typed from paper: 60 random bits. With a million badges and a
// hundred attempts a minute, a guess meets one in twenty thousand years.
const shortLength = 12

// ShortCode is what of a credential's id is printed to be typed: "B7K2-AB3D-XYZ4".
func ShortCode(credentialID string) string {
	if len(credentialID) < shortLength {
		return ""
	}
	s := strings.ToUpper(credentialID[:shortLength])
	return s[:4] + "-" + s[4:8] + "-" + s[8:]
}

// ParseShortCode reads what somebody typed: in any case, with or without dashes and spaces, and with the digits that people
// take for letters. ok is false for what is no short code.
func ParseShortCode(typed string) (prefix string, ok bool) {
	if len(typed) > 40 {
		return "", false
	}
	s := strings.NewReplacer("-", "", " ", "", "–", "", "0", "o", "1", "i", "8", "b").Replace(strings.ToLower(typed))
	if len(s) != shortLength {
		return "", false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return "", false
		}
	}
	return s, true
}
