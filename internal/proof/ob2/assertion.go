package ob2

import (
	"bytes"
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// Context is the JSON-LD context of Open Badges 2.0, in its one usual spelling.
const Context = "https://w3id.org/openbadges/v2"

// Assertion is what somebody says that a recipient was given. Nothing in it has been verified.
type Assertion struct {
	Doc     ijson.Value
	ID      string
	Badge   Link
	Issued  time.Time // zero when absent or not a date and time
	Expires time.Time // zero when absent or not a date and time
	Hosted  bool      // it is what stands at its id; otherwise it is signed
	Creator string    // id of the key that signed; "" when the assertion does not say
}

// Link is a reference to another document: its id alone, or the document itself.
type Link struct {
	ID  string
	Doc ijson.Value // an object when the document stands in place of its id; else null
}

// Signed is an assertion with the JWS that it is the payload of.
type Signed struct {
	Assertion

	Message *jose.Message
}

// Read reads an assertion from its exact JSON bytes. The error is a *fault.Defect: one of package ijson's codes, or
// ob2.malformed when the document is no assertion of Open Badges 2.0.
func Read(raw []byte) (*Assertion, error) {
	doc, err := ijson.Parse(raw, ijson.Bounds{})
	if err != nil {
		return nil, err
	}
	if !slices.Contains(doc.Member("type").Texts(), "Assertion") {
		return nil, fault.Wrong("ob2.malformed", "/type", "the document is no assertion of Open Badges 2.0")
	}
	a := &Assertion{Doc: doc, ID: doc.Member("id").Text(), Badge: link(doc.Member("badge"))}
	a.Issued, _ = credential.ParseTime(doc.Member("issuedOn").Text())
	a.Expires, _ = credential.ParseTime(doc.Member("expires").Text())
	how := doc.Member("verification")
	a.Creator = link(how.Member("creator")).ID
	kinds := how.Member("type").Texts()
	hosted := slices.Contains(kinds, "HostedBadge") || slices.Contains(kinds, "hosted")
	signed := slices.Contains(kinds, "SignedBadge") || slices.Contains(kinds, "signed")
	if hosted == signed {
		return nil, fault.Wrong("ob2.verification", "/verification/type", "the assertion does not say whether it is signed or hosted")
	}
	a.Hosted = hosted
	return a, nil
}

// ReadSigned reads an assertion in a compact JWS (Open Badges 2.0, "Signed Verification"). The error is a *fault.Defect: one of
// jose.ReadMembers or of Read, or ob2.verification when what is signed says that it is not.
func ReadSigned(compact []byte) (*Signed, error) {
	msg, err := jose.ReadMembers(compact, "alg", "typ", "kid")
	if err != nil {
		return nil, err
	}
	a, err := Read(msg.Payload)
	if err != nil {
		return nil, err
	}
	switch {
	case a.Hosted:
		return nil, fault.Wrong("ob2.verification", "/verification/type", "the assertion is signed, and says that it is to be looked up at its address")
	case msg.Header.KeyID != "" && a.Creator != "" && msg.Header.KeyID != a.Creator:
		return nil, fault.Wrong("key.not_bound_to_issuer", "/kid", "the header names another key than the assertion")
	}
	if a.Creator == "" {
		a.Creator = msg.Header.KeyID
	}
	return &Signed{Assertion: *a, Message: msg}, nil
}

func link(v ijson.Value) Link {
	if v.Kind() == ijson.Object {
		return Link{ID: v.Member("id").Text(), Doc: v}
	}
	return Link{ID: v.Text()}
}

// Recipient returns the identifier of the recipient, in clear or hashed, with the type that the assertion gives it: email, url,
// telephone or id.
func (a *Assertion) Recipient() credential.IdentityObject {
	v := a.Doc.Member("recipient")
	out := credential.IdentityObject{Hashed: v.Member("hashed").True(), IdentityHash: v.Member("identity").Text(), Salt: v.Member("salt").Text()}
	if kinds := v.Member("type").Texts(); len(kinds) > 0 {
		out.IdentityType = kinds[0]
	}
	return out
}

// Problems lists what the standard requires of an assertion and what is not there. None means that it is complete.
func (a *Assertion) Problems() []*fault.Defect {
	out := incomplete(a.Doc, "", "id", "recipient", "badge", "issuedOn")
	if !slices.Contains(a.Doc.Member("@context").Texts(), Context) {
		out = append(out, fault.Wrong("ob2.context", "/@context", "the assertion does not name the context of Open Badges 2.0"))
	}
	if a.Issued.IsZero() && a.Doc.Member("issuedOn").Kind() != ijson.Null {
		out = append(out, fault.Wrong("time.syntax", "/issuedOn", "what stands here is no date and time with an offset"))
	}
	if _, has := a.Doc.Get("expires"); has && a.Expires.IsZero() {
		out = append(out, fault.Wrong("time.syntax", "/expires", "what stands here is no date and time with an offset"))
	}
	if to := a.Doc.Member("recipient"); to.Kind() == ijson.Object {
		out = append(out, incomplete(to, "/recipient", "type", "identity", "hashed")...)
		if h := to.Member("hashed"); h.Kind() != ijson.Bool && h.Kind() != ijson.Null {
			out = append(out, fault.Wrong("ob2.malformed", "/recipient/hashed", "whether the recipient is hashed is neither true nor false"))
		}
	}
	return out
}

func incomplete(doc ijson.Value, at string, names ...string) []*fault.Defect {
	var out []*fault.Defect
	for _, name := range names {
		if doc.Member(name).Kind() == ijson.Null {
			out = append(out, fault.Wrong("ob2.required", ijson.Pointer(at, name), "the member %q is missing, which Open Badges 2.0 requires", name))
		}
	}
	return out
}

// Differs returns the place of the first thing that was handed over in a and that the copy at its address does not say, and ""
// when there is none. A reference and the document that stands in its place are the same when their ids are. What the copy alone
// says is no difference, nor what only concerns the picture, the context and the revocation.
func (a *Assertion) Differs(hosted *Assertion) string {
	for _, m := range a.Doc.Members() {
		switch m.Name {
		case "@context", "image", "revoked", "revocationReason":
			continue
		}
		at, there := ijson.Pointer("", m.Name), hosted.Doc.Member(m.Name)
		if m.Name == "badge" && a.Badge.ID != "" {
			if a.Badge.ID != hosted.Badge.ID {
				return at
			}
			continue
		}
		if !same(m.Value, there) {
			return at
		}
	}
	return ""
}

// same compares two values in canonical form. What has none is never the same.
func same(a, b ijson.Value) bool {
	x, err := ijson.AppendCanonical(nil, a)
	if err != nil {
		return false
	}
	y, err := ijson.AppendCanonical(nil, b)
	return err == nil && bytes.Equal(x, y)
}
