package receipt

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/proof/jose"
)

// Signed is a receipt with its JWS. Nothing of it is believed until Verify says so.
type Signed struct {
	Receipt Receipt
	KeyID   string
	message *jose.Message
}

// Sign makes the JWS of a receipt.
func Sign(r Receipt, key keys.Signer) ([]byte, error) {
	payload, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	token, err := jose.NewTokenSigner(Type, key)
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	out, err := token.Sign(payload)
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	_, err = Read(out) // nothing leaves that we would not read
	return out, err
}

// Read takes a receipt apart. What is wrong is a *fault.Defect; a JWS of another type has the code "receipt.type".
func Read(data []byte) (*Signed, error) {
	data = bytes.TrimSpace(data)
	if len(data) > 2*limits.ReceiptBytes {
		return nil, fault.Wrong("limits.size", "", "a receipt has at most %d bytes", 2*limits.ReceiptBytes)
	}
	msg, err := jose.ReadMembers(data, "alg", "kid", "typ")
	if err != nil {
		return nil, err
	}
	if msg.Header.Type != Type {
		return nil, fault.Wrong("receipt.type", "", "its typ is %.40q, not %q: this is no receipt", msg.Header.Type, Type)
	}
	if _, err := ijson.Parse(msg.Payload, ijson.Bounds{Bytes: limits.ReceiptBytes}); err != nil {
		return nil, err
	}
	s := &Signed{KeyID: msg.Header.KeyID, message: msg}
	dec := json.NewDecoder(bytes.NewReader(msg.Payload))
	if err := dec.Decode(&s.Receipt); err != nil {
		return nil, fault.Wrong("receipt.malformed", "", "it does not say what a receipt says")
	}
	r := s.Receipt
	if !strings.HasPrefix(r.Issuer, "did:") || len(r.SHA256) != 64 || r.Verdict == "" || len(r.Checks) == 0 || r.CheckedAt.IsZero() || r.IssuedAt <= 0 {
		return nil, fault.Wrong("receipt.malformed", "", "it lacks something that a receipt says")
	}
	return s, nil
}

// Resolver gives the keys that an identity published. Its errors are *fault.Defect.
type Resolver interface {
	Resolve(ctx context.Context, id string) (*did.Document, error)
	// Refresh resolves anew, for a key that a kept document did not show.
	Refresh(ctx context.Context, id string) (*did.Document, error)
}

// Verify checks that who is named signed it, with a key published for assertions. The error is a *fault.Defect, Unknown when the
// key could not be looked up. Whether that deployment is to be believed is for the reader to decide.
func (s *Signed) Verify(ctx context.Context, r Resolver) error {
	doc, err := r.Resolve(ctx, s.Receipt.Issuer)
	if err != nil {
		return err
	}
	m, err := doc.Find(s.KeyID)
	if err != nil {
		if doc, err = r.Refresh(ctx, s.Receipt.Issuer); err != nil {
			return err
		}
		if m, err = doc.Find(s.KeyID); err != nil {
			return err
		}
	}
	if doc.ID != s.Receipt.Issuer || m.Purposes&did.Assertion == 0 || m.Controller != "" && m.Controller != s.Receipt.Issuer {
		return fault.Wrong("key.not_bound_to_issuer", "/kid", "the key is not one that %.120q published for signing", s.Receipt.Issuer)
	}
	if err := s.message.Verify(m.Key); err != nil {
		return fault.Wrong("jose.signature", "", "the signature of the receipt does not hold")
	}
	return nil
}
