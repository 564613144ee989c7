package issuer

import (
	"net/url"
	"strings"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// checkRecipient refuses a recipient that nobody could recognise, and writes the e-mail address plainly.
func (r *Request) checkRecipient() error {
	p := &r.Recipient
	if strings.TrimSpace(p.Name) == "" && p.Email == "" && p.ID == "" {
		return invalid("award.recipient", "/recipient", "say who is awarded: a name, an e-mail address or an id")
	}
	if p.Email != "" {
		if !catalog.ValidEmail(p.Email) {
			return invalid("email.syntax", "/recipient/email", "the recipient's e-mail address is not one: write it as name@example.org")
		}
		p.Email = credential.PlainAddress(p.Email)
	}
	if p.Language != "" {
		if _, ok := i18n.Parse(p.Language); !ok {
			return invalid("award.language", "/recipient/language", "mails are written in ar, en, es, fr, ru or zh")
		}
	}
	if p.ID != "" && !subjectURI(p.ID) {
		return invalid("award.recipient_id", "/recipient/id", "the recipient's id is a DID or another absolute URI")
	}
	return nil
}

// subjectURI reports whether s is an absolute URI that may stand as credentialSubject.id: no script, no white space.
func subjectURI(s string) bool {
	u, err := url.Parse(s)
	if err != nil || strings.ContainsAny(s, " \"<>\\^`{|}") {
		return false
	}
	switch u.Scheme {
	case "did", "urn":
		return u.Opaque != ""
	case "https", "http":
		return u.Host != "" && u.User == nil
	case "mailto":
		return false // an address is never published in clear
	}
	return false
}

// webURL reports whether s is an absolute http or https URL without user information.
func webURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
