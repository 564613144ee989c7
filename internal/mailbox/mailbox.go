// Package mailbox reads e-mail addresses as people have them: local@domain, nothing around it.
//
// It refuses what RFC 5322 allows and nobody means: display names, comments, quoted local parts, address literals, and
// every character outside ASCII, so that two addresses that look alike are never two spellings of one (threat U11). The
// time it takes grows with the length only (threats U12, U14).
package mailbox

import (
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
)

// Lengths of RFC 5321 §4.5.3.1.
const (
	maxLocal  = 64
	maxDomain = 253
	maxLabel  = 63
)

// local are the characters of a dot-atom (RFC 5322 §3.2.3) besides letters and digits.
const local = "!#$%&'*+-/=?^_`{|}~."

// Parse returns the address with its domain in lower case; the local part stays as it is, because only its host may
// say that case does not matter. A wrong address is fault.Invalid with code "email.syntax".
func Parse(s string) (string, error) {
	name, domain, ok := strings.Cut(s, "@")
	switch {
	case !ok:
		return "", wrong("an e-mail address has one @")
	case name == "" || len(name) > maxLocal || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, ".."):
		return "", wrong("the part before the @ is not a mailbox name")
	}
	for i := range len(name) {
		if !alphanumeric(name[i]) && strings.IndexByte(local, name[i]) < 0 {
			return "", wrong("the part before the @ holds a character that is not taken")
		}
	}
	domain = strings.ToLower(domain)
	if !isDomain(domain) {
		return "", wrong("the part after the @ is not a domain name in ASCII")
	}
	return name + "@" + domain, nil
}

func isDomain(d string) bool {
	labels := strings.Split(d, ".")
	if len(d) > maxDomain || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > maxLabel || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for i := range len(l) {
			if !alphanumeric(l[i]) && l[i] != '-' {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	return last[0] < '0' || last[0] > '9' // an address literal ends in a number, a domain does not
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func wrong(why string) error {
	return fault.New(fault.Invalid, nil, "this is not an e-mail address: %s", why).Code("email.syntax").Hint("write it as name@example.org")
}
