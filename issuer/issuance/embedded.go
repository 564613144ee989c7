package issuance

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
)

// prepareProof signs with an embedded proof. The method that it names is the key as a Multikey, whose fragment is the key
// itself: readers of embedded proofs know no other kind.
func prepareProof(suite string, key keys.Signer) (signer, error) {
	embedded, err := dataintegrity.NewSigner(cmp.Or(suite, dataintegrity.EdDSARDFC), key)
	if err != nil {
		return signer{}, err
	}
	pub := key.Public()
	owner, _, _ := strings.Cut(pub.ID, "#")
	method := owner + "#" + pub.Multikey()
	return signer{keyID: method, sign: func(t *Ticket) ([]byte, error) {
		st := dataintegrity.Statement{VerificationMethod: method, Created: t.cred.From}
		if suite == dataintegrity.ECDSASD {
			st.Mandatory = append(mandatory(t.cred.Doc), t.order.Mandatory...)
		}
		if t.order.Author == Platform { // its documents have no shape that would come again
			return embedded.Sign(t.cred.Doc, st)
		}
		return embedded.SignLike(kind(t.cred.Doc), t.cred.Doc, st)
	}}, nil
}

// kind names what awards of one version of an achievement have in common: their documents differ in ids and values alone, so
// that one template serves them all.
func kind(doc ijson.Value) string {
	return doc.Member("credentialSubject").Member("achievement").Member("id").Text()
}

// required are the members that a holder can never leave out: those that Open Badges 3.0 requires, and those without which
// the credential would say more than its issuer did (its end, its status).
func required() []string {
	return []string{
		"/id", "/type", "/name", "/issuer", "/validFrom", "/validUntil", "/awardedDate", "/credentialStatus",
		"/credentialSubject/id", "/credentialSubject/type",
		"/credentialSubject/achievement/id", "/credentialSubject/achievement/type", "/credentialSubject/achievement/name",
		"/credentialSubject/achievement/description", "/credentialSubject/achievement/criteria",
		"/credentialSubject/achievement/achievementType",
	}
}

// mandatory are those of required that the document has.
func mandatory(doc ijson.Value) []string {
	return slices.DeleteFunc(required(), func(pointer string) bool {
		at := doc
		for name := range strings.SplitSeq(pointer[1:], "/") {
			inner, ok := at.Get(name)
			if !ok {
				return true
			}
			at = inner
		}
		return false
	})
}

// absent is the first of the pointers that points to nothing (RFC 6901 §4).
func absent(doc ijson.Value, pointers []string) (pointer string, ok bool) {
	for _, p := range pointers {
		if !present(doc, p) {
			return p, true
		}
	}
	return "", false
}

func present(at ijson.Value, pointer string) bool {
	if pointer == "" || pointer[0] != '/' {
		return false
	}
	for name := range strings.SplitSeq(pointer[1:], "/") {
		switch at.Kind() {
		case ijson.Object:
			inner, ok := at.Get(strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
			if !ok {
				return false
			}
			at = inner
		case ijson.Array:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(at.Elems()) || strconv.Itoa(i) != name {
				return false
			}
			at = at.Elems()[i]
		default:
			return false
		}
	}
	return true
}

// everything names all that a document says.
func everything(doc ijson.Value) []string {
	var out []string
	for _, m := range doc.Members() {
		if m.Name != "@context" && m.Name != "proof" {
			out = append(out, ijson.Pointer("", m.Name))
		}
	}
	return out
}

// Publish makes of a credential with a base proof of ecdsa-sd-2023, which only its holder may have, one that shows
// everything and from which nothing can be derived. Each call gives the same bytes.
func Publish(signed []byte) ([]byte, error) {
	doc, err := ijson.Parse(signed, ijson.Bounds{})
	if err != nil {
		return nil, fmt.Errorf("our own credential: %w", err)
	}
	return ecdsasd.Derive(doc, everything(doc))
}

func derive(signed []byte, chosen []string) ([]byte, error) {
	doc, err := ijson.Parse(signed, ijson.Bounds{})
	if err != nil {
		return nil, fmt.Errorf("our own credential: %w", err)
	}
	return ecdsasd.Derive(doc, chosen)
}
