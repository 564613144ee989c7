package schemas

import (
	"fmt"
	"regexp"
	"strings"
)

// pattern is a regular expression. Those that meet every credential have a matcher by hand: the engine would take most of
// the time of a validation.
type pattern struct {
	text  string
	match func(string) bool
}

func newPattern(text string) (*pattern, error) {
	if m := byHand(text); m != nil {
		return &pattern{text: text, match: m}, nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	return &pattern{text: text, match: re.MatchString}, nil
}

// The patterns of the embedded schemas that byHand knows.
const (
	patternMapKey     = `^[a-z]{2}(-[A-Z]{2})?$`
	patternExtension  = `^ext:[A-Za-z0-9._-]+$`
	patternCompact    = `^[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]*\.[a-zA-Z0-9_-]+$`
	patternOpenBadges = `^https:\/\/purl\.imsglobal\.org\/spec\/ob\/v3p0\/context(-3\.\d\.\d)*\.json$`
	patternMultibase  = `^u[A-Za-z0-9_-]+$`
)

// byHand returns a matcher that decides exactly as the expression does, or nil.
func byHand(text string) func(string) bool {
	switch text {
	case patternMapKey:
		return mapKey
	case patternExtension:
		return func(s string) bool {
			rest, ok := strings.CutPrefix(s, "ext:")
			return ok && rest != "" && run64(rest, '.') == len(rest)
		}
	case patternCompact:
		return compactJWS
	case patternOpenBadges:
		return openBadgesContext
	case patternMultibase:
		return func(s string) bool { return len(s) > 1 && s[0] == 'u' && run64(s[1:], 0) == len(s)-1 }
	}
	return nil
}

func mapKey(s string) bool {
	switch len(s) {
	case 2:
		return lower(s[0]) && lower(s[1])
	case 5:
		return lower(s[0]) && lower(s[1]) && s[2] == '-' && upper(s[3]) && upper(s[4])
	}
	return false
}

func compactJWS(s string) bool {
	head := run64(s, 0)
	if head == 0 || head == len(s) || s[head] != '.' {
		return false
	}
	s = s[head+1:]
	body := run64(s, 0)
	if body == len(s) || s[body] != '.' {
		return false
	}
	s = s[body+1:]
	return s != "" && run64(s, 0) == len(s)
}

func openBadgesContext(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://purl.imsglobal.org/spec/ob/v3p0/context")
	if !ok {
		return false
	}
	for len(rest) >= 6 && rest[:3] == "-3." && digit(rest[3]) && rest[4] == '.' && digit(rest[5]) {
		rest = rest[6:]
	}
	return rest == ".json"
}

// run64 returns how many bytes at the beginning of s are of the base64url alphabet, or are also.
func run64(s string, also byte) int {
	for i := range len(s) {
		c := s[i]
		if !lower(c) && !upper(c) && !digit(c) && c != '-' && c != '_' && (c != also || also == 0) {
			return i
		}
	}
	return len(s)
}

func lower(c byte) bool { return 'a' <= c && c <= 'z' }
func upper(c byte) bool { return 'A' <= c && c <= 'Z' }
func digit(c byte) bool { return '0' <= c && c <= '9' }
