// Package statuslist owns the status lists that this deployment publishes: it reserves indexes, and publishes the list
// as a signed credential (Bitstring Status List v1.0) or a signed token (Token Status List), as it is now and as it was.
//
// It refuses to give an index twice, also after a crash, and never publishes an older state after a newer one: the database
// decides what validFrom is (List.Stamp), so it never falls, whatever the clocks of several servers say, and two servers
// publish the same list with the same times. Of two revocation lists with the same validFrom, which is the second of their last
// change, the one with more bits is the newer, because no bit of a revocation list is ever cleared.
package statuslist

import (
	"context"
	"time"

	"github.com/openlaurel/laurel/internal/status"
)

// The purposes of lists. What a bit may become is the purpose's: a revocation is final, the others come and go.
const (
	Revocation = "revocation"
	Suspension = "suspension"
	Status     = "status" // entries of two bits of a Token Status List: valid, invalid, suspended
)

// The values of an entry. A list of single bits knows only whether an entry is Valid.
const (
	Valid     = status.TokenValid
	Invalid   = status.TokenInvalid
	Suspended = status.TokenSuspended
)

// Form is how a list is signed. One list is published in every form that its purpose has, each at an address of its own with
// that address as its id, so that a credential can name the form that its readers know.
type Form string

// The forms.
const (
	Token    Form = ""         // VC-JOSE-COSE: typ vc+jwt, at the list's URL
	Embedded Form = "embedded" // an embedded proof of eddsa-rdfc-2022, at URL/embedded
	JWT      Form = "token"    // Token Status List: typ statuslist+jwt, at URL/token; of purpose Status, and only of it
	CWT      Form = "cwt"      // the same as CBOR Web Token, at the same address to whoever asks for that type
)

// At is the form of lists at an address that ends with that segment below a list's URL.
func At(segment string) Form {
	if Form(segment) == CWT {
		return "none" // its address is that of JWT
	}
	return Form(segment)
}

// Has reports whether lists of that purpose are published in that form.
func (f Form) Has(purpose string) bool {
	if purpose == Status {
		return f == JWT || f == CWT
	}
	return f == Token || f == Embedded
}

// address is where the list with that URL stands in a form.
func address(url string, f Form) string {
	switch f {
	case Token:
		return url
	case CWT:
		f = JWT
	}
	return url + "/" + string(f)
}

// List is one status list as it is stored.
type List struct {
	ID        string // 26 characters of base32; the last path element of its URL
	IssuerID  string
	Purpose   string    // Revocation, Suspension or Status
	URL       string    // the address that credentials name, and the id of the list; never changes
	Size      int       // entries, at least limits.StatusListMinimum
	Next      int       // counter of the next reservation, 0…Size
	Seed      []byte    // 32 bytes: the key of the permutation from counter to index
	Version   int64     // counts the changes of its bits; 0 for a fresh list
	Stamp     time.Time // validFrom as it is published, whole seconds; never falls
	CreatedAt time.Time
}

// Bit is what an entry became.
type Bit struct {
	Index int
	Value int
}

// Change is what happened to a list after a version.
type Change struct {
	Bits    []Bit // in the order in which they changed
	Version int64 // that they lead to
	Stamp   time.Time
	Closed  time.Time // since when its issuer has closed; zero: it has not
	Until   time.Time // until when the last list of an issuer that has closed holds
}

// Past is a list as it was at a moment.
type Past struct {
	Bits  []Bit     // that had changed by then, in that order
	From  time.Time // since when it was so
	Until time.Time // when it changed next; zero: it has not since
}

// Store keeps lists. A miss is fault.NotFound.
type Store interface {
	// ClaimIndexes advances the counter of the open list of issuer and purpose by up to n, durably, and returns the list as it
	// was before and how many counters were claimed, beginning at List.Next. Of several open lists the newest is taken. It
	// returns 0 claimed when there is no open list.
	ClaimIndexes(ctx context.Context, issuerID, purpose string, n int) (List, int, error)
	InsertList(ctx context.Context, l List) error
	List(ctx context.Context, id string) (List, error)
	// Changes returns what happened after a version. Whoever sets bits raises version and stamp in the same transaction.
	Changes(ctx context.Context, id string, after int64) (Change, error)
	// At returns the list as it was at that moment.
	At(ctx context.Context, id string, at time.Time) (Past, error)
	// Lists returns all lists of an issuer, the oldest first.
	Lists(ctx context.Context, issuerID string) ([]List, error)
	// Restamp raises the stamp to at, unless it is later already, and returns the stamp that holds from then on.
	Restamp(ctx context.Context, id string, at time.Time) (time.Time, error)
}
