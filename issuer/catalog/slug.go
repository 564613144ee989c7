package catalog

import (
	"encoding/base32"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// slugMax is the longest slug: it is a label of a path and of a did:web.
const slugMax = 63

// newID returns prefix and 128 random bits as 26 characters of lower-case base32.
func (s *Service) newID(prefix string) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.rand, b[:]); err != nil {
		return "", fmt.Errorf("randomness for an id: %w", err)
	}
	return prefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])), nil
}

// slugOf derives a slug from a name; a name without Latin letters or digits gets the kind and a part of its id.
func slugOf(name, kind, id string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(name) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= slugMax-10 { // room for what makes it unique
			break
		}
	}
	slug := strings.Trim(b.String(), "-")
	if slug == "" {
		return kind + "-" + id[len(id)-8:]
	}
	return slug
}

// freeSlug returns slug, slug with a small number, or slug with a part of the id: whichever is free first.
func freeSlug(slug, id string, taken func(string) bool) string {
	if !taken(slug) {
		return slug
	}
	for n := 2; n < 10; n++ {
		if s := slug + "-" + strconv.Itoa(n); !taken(s) {
			return s
		}
	}
	return slug + "-" + id[len(id)-8:]
}

// isSlug reports whether s is lower-case letters, digits and inner hyphens.
func isSlug(s string) bool {
	if s == "" || len(s) > slugMax || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
