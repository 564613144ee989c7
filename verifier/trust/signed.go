package trust

import (
	"bytes"
	"context"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// Type is the "typ" of a signed trust list.
const Type = "trust-list+jwt"

// Resolver gives the keys that an identity published. Its errors are *fault.Defect.
type Resolver interface {
	Resolve(ctx context.Context, id string) (*did.Document, error)
	// Refresh resolves anew, for a key that a kept document did not show.
	Refresh(ctx context.Context, id string) (*did.Document, error)
}

// Signed is a trust list with who says so: a compact JWS whose payload is a list in our own JSON form with the claims iss
// (the DID of the signer), sub (the address of the list), iat and exp. Nothing of it is believed until Verify says so.
type Signed struct {
	List    *List
	Issuer  string
	URL     string
	Issued  time.Time
	Expires time.Time
	message *jose.Message
}

// IsSigned reports whether data looks like a signed list rather than a plain one.
func IsSigned(data []byte) bool {
	data = bytes.TrimSpace(data)
	return bytes.HasPrefix(data, []byte("ey")) && bytes.Count(data, []byte{'.'}) == 2
}

// ReadSigned takes a signed list apart. What is wrong is fault.Invalid with code "trust.list" and its place.
func ReadSigned(data []byte) (*Signed, error) {
	if len(data) > listBytes {
		return nil, fault.New(fault.TooLarge, nil, "the trust list has more than %d MiB", listBytes>>20).Code("trust.list")
	}
	msg, err := jose.ReadMembers(bytes.TrimSpace(data), "alg", "kid", "typ")
	if err != nil {
		d := fault.AsDefect(err)
		return nil, wrong(d.At, "%s", d.Detail)
	}
	if msg.Header.Type != Type {
		return nil, wrong("", "its typ is %.40q, not %q", msg.Header.Type, Type)
	}
	doc, err := ijson.Parse(msg.Payload, ijson.Bounds{Bytes: listBytes, Members: listValues})
	if err != nil {
		d := fault.AsDefect(err)
		return nil, wrong(d.At, "%s", d.Detail)
	}
	s := &Signed{Issuer: doc.Member("iss").Text(), URL: doc.Member("sub").Text(), message: msg}
	if err := s.claims(doc); err != nil {
		return nil, err
	}
	s.List = &List{entries: map[string][]Entry{}}
	if err := s.List.addMembers(doc, "iss", "sub", "iat", "exp", "name", "note"); err != nil {
		return nil, err
	}
	s.List.said(s.URL)
	return s, nil
}

// claims reads who, where and when.
func (s *Signed) claims(doc ijson.Value) error {
	if !strings.HasPrefix(s.Issuer, "did:") || badID(s.Issuer) != "" {
		return wrong("/iss", "the DID of the signer was expected")
	}
	if badID(s.URL) != "" {
		return wrong("/sub", "the address of the list was expected")
	}
	for _, c := range [...]struct {
		name string
		dst  *time.Time
	}{{"iat", &s.Issued}, {"exp", &s.Expires}} {
		n, err := jose.NumericDate(doc.Member(c.name))
		if err != nil {
			return wrong("/"+c.name, "a whole number of seconds was expected")
		}
		*c.dst = time.Unix(n, 0).UTC()
	}
	if life := s.Expires.Sub(s.Issued); life <= 0 || life > limits.TrustListLife {
		return wrong("/exp", "a list holds for at most %d days, and not for less than nothing", limits.TrustListLife/(24*time.Hour))
	}
	return nil
}

// said writes into every entry which list says it.
func (l *List) said(by string) {
	for _, es := range l.entries {
		for i := range es {
			es[i].List = by
		}
	}
}

// Verify checks the signature with a key that issuer published for assertions, that issuer is who signed, that url, unless it
// is empty, is the address that the list gives itself, and the time. The error is a *fault.Defect "trust.list".
func (s *Signed) Verify(ctx context.Context, r Resolver, from Reference, now time.Time) error {
	switch {
	case s.Issuer != from.Issuer:
		return fault.Wrong("trust.list", "/iss", "the list is signed by %.120q, and %.120q was expected", s.Issuer, from.Issuer)
	case from.URL != "" && s.URL != from.URL:
		return fault.Wrong("trust.list", "/sub", "the list is the one of another address")
	case now.Add(limits.ClockSkew).Before(s.Issued):
		return fault.Wrong("trust.list", "/iat", "the list is of the future")
	case !now.Before(s.Expires):
		return fault.Wrong("trust.list", "/exp", "the list expired on %s", day(s.Expires))
	}
	key, err := s.key(ctx, r)
	if err != nil {
		return err
	}
	if err := s.message.Verify(key); err != nil {
		return fault.Wrong("trust.list", "", "the signature of the list does not hold")
	}
	return nil
}

func (s *Signed) key(ctx context.Context, r Resolver) (keys.Public, error) {
	doc, err := r.Resolve(ctx, s.Issuer)
	if err != nil {
		return keys.Public{}, err
	}
	m, err := doc.Find(s.message.Header.KeyID)
	if err != nil {
		if doc, err = r.Refresh(ctx, s.Issuer); err != nil {
			return keys.Public{}, err
		}
		if m, err = doc.Find(s.message.Header.KeyID); err != nil {
			return keys.Public{}, err
		}
	}
	if doc.ID != s.Issuer || m.Purposes&did.Assertion == 0 || m.Controller != "" && m.Controller != s.Issuer {
		return keys.Public{}, fault.Wrong("trust.list", "/kid", "the key is not one that %.120q published for signing", s.Issuer)
	}
	if !m.Revoked.IsZero() || s.Issued.Before(m.From.Add(-limits.ClockSkew)) || !m.Until.IsZero() && s.Issued.After(m.Until.Add(limits.ClockSkew)) {
		return keys.Public{}, fault.Wrong("trust.list", "/kid", "the key was withdrawn, or the list is not of the time in which it was used")
	}
	return m.Key, nil
}

// Sign makes a signed list of a plain one in our own JSON form, as the issuer to whom key belongs. What Parse would refuse is
// refused here; other forms of lists are not signed.
func Sign(plain []byte, key keys.Signer, url string, issued, expires time.Time) ([]byte, error) {
	if _, err := Parse(plain); err != nil {
		return nil, err
	}
	doc, err := ijson.Parse(plain, ijson.Bounds{Bytes: listBytes, Members: listValues})
	if err != nil || doc.Kind() != ijson.Object || doc.Member("registry").Kind() != 0 || doc.Member("LoTE").Kind() != 0 {
		return nil, wrong("", "only a list in the form {\"issuers\": [...]} can be signed").Hint("laurel trust add writes that form")
	}
	owner, _, _ := strings.Cut(key.Public().ID, "#")
	claims, err := json.Marshal(struct {
		Iss string `json:"iss"`
		Sub string `json:"sub"`
		Iat int64  `json:"iat"`
		Exp int64  `json:"exp"`
	}{owner, url, issued.Unix(), expires.Unix()})
	if err != nil {
		return nil, err
	}
	payload := append(claims[:len(claims)-1], ',')
	payload = append(payload, ijson.Append(nil, doc)[1:]...) // both are objects with members
	token, err := jose.NewTokenSigner(Type, key)
	if err != nil {
		return nil, err
	}
	out, err := token.Sign(payload)
	if err != nil {
		return nil, err
	}
	_, err = ReadSigned(out) // nothing leaves that we would not read
	return out, err
}
