package ob2

import (
	"net/url"
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// Class is a BadgeClass: what can be earned, and who awards it.
type Class struct {
	Doc    ijson.Value
	ID     string
	Issuer Link
}

// ReadClass reads the BadgeClass that stands at the address id. The error is a *fault.Defect: one of package ijson's codes,
// ob2.malformed when it is another kind of document, or ob2.id_mismatch when it is the document of another address.
func ReadClass(raw []byte, id string) (*Class, error) {
	doc, err := at(raw, id, "BadgeClass")
	if err != nil {
		return nil, err
	}
	return class(doc), nil
}

// Class returns the BadgeClass that stands inside of the assertion, and false when there is only its address.
func (a *Assertion) Class() (*Class, bool) {
	if a.Badge.Doc.Kind() != ijson.Object || !slices.Contains(a.Badge.Doc.Member("type").Texts(), "BadgeClass") {
		return nil, false
	}
	return class(a.Badge.Doc), true
}

func class(doc ijson.Value) *Class {
	return &Class{Doc: doc, ID: doc.Member("id").Text(), Issuer: link(doc.Member("issuer"))}
}

// Problems lists what the standard requires of a BadgeClass and what is not there, pointers beginning at the BadgeClass.
func (c *Class) Problems() []*fault.Defect {
	return incomplete(c.Doc, "", "name", "description", "criteria", "issuer")
}

// Profile is who awards: the Profile of an issuer.
type Profile struct {
	Doc         ijson.Value
	ID          string
	Revocations string // address of the RevocationList; "" when there is none
	keys        []Link
	starts      []string
	origins     []string
	scoped      bool
}

// ReadProfile reads the Profile that stands at the address id. Errors are those of ReadClass.
func ReadProfile(raw []byte, id string) (*Profile, error) {
	doc, err := at(raw, id, "Issuer", "Profile")
	if err != nil {
		return nil, err
	}
	p := &Profile{Doc: doc, ID: id, Revocations: link(doc.Member("revocationList")).ID}
	for _, k := range doc.Member("publicKey").Items() {
		p.keys = append(p.keys, link(k))
	}
	policy, has := doc.Get("verification")
	p.scoped = has
	p.starts, p.origins = policy.Member("startsWith").Texts(), policy.Member("allowedOrigins").Texts()
	return p, nil
}

// Problems lists what the standard requires of the Profile of an issuer and what is not there, pointers beginning at the Profile.
func (p *Profile) Problems() []*fault.Defect { return incomplete(p.Doc, "", "name") }

// Covers reports whether a hosted assertion with that id is one that the issuer answers for (Open Badges 2.0, "Hosted
// Verification"): its id begins with one of startsWith, and its host is one of allowedOrigins, as far as the profile says either.
// A profile that says neither answers for its own origin alone. Only whole hosts count: "https://a.example" does not
// reach https://a.example.evil.example.
func (p *Profile) Covers(id string) bool {
	u, err := url.Parse(id)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	if !p.scoped || len(p.starts) == 0 && len(p.origins) == 0 {
		return Origin(id) == Origin(p.ID)
	}
	begins := func(start string) bool {
		return Origin(start) != "" && Origin(start) == Origin(id) && strings.HasPrefix(id, start)
	}
	if len(p.starts) > 0 && !slices.ContainsFunc(p.starts, begins) {
		return false
	}
	allowed := func(origin string) bool {
		return strings.EqualFold(origin, u.Host) || Origin(origin) != "" && Origin(origin) == Origin(id)
	}
	return len(p.origins) == 0 || slices.ContainsFunc(p.origins, allowed)
}

// Origin returns scheme and host of an https or http address in lower case, and "" for everything else.
func Origin(id string) string {
	u, err := url.Parse(id)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host
}

// at reads a document of one of those types that says itself that it stands at that address.
func at(raw []byte, id string, types ...string) (ijson.Value, error) {
	doc, err := ijson.Parse(raw, ijson.Bounds{})
	if err != nil {
		return doc, err
	}
	is := func(t string) bool { return slices.Contains(types, t) }
	if !slices.ContainsFunc(doc.Member("type").Texts(), is) {
		return doc, fault.Wrong("ob2.malformed", id, "what stands at this address is no %s of Open Badges 2.0", types[0])
	}
	if id == "" || doc.Member("id").Text() != id {
		return doc, fault.Wrong("ob2.id_mismatch", id, "what stands at this address says that it is the document of another address")
	}
	return doc, nil
}
