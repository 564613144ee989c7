package vcapi

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/status"
)

// Book is Keys with status lists in memory: each issuer has one list of revocations, which ends with the process. It is for
// tests alone.
type Book struct {
	*Keys
	base string // without a slash at the end

	mu    sync.Mutex
	lists []*pages
	byID  map[string][]place // by the id of a credential
}

// pages is the list of one issuer.
type pages struct {
	did   string
	bits  *status.Bits
	given map[int]bool
}

// place is an entry.
type place struct {
	list  *pages
	index int
}

// NewBook serves the lists of the issuers at base and ListPath.
func NewBook(k *Keys, base string) *Book {
	return &Book{Keys: k, base: strings.TrimRight(base, "/"), byID: map[string][]place{}}
}

// Secure implements Issuers. A credential of version 2.0 without a status gets an entry, when the order asks for one.
func (b *Book) Secure(ctx context.Context, doc ijson.Value, o Order) ([]byte, error) {
	_, has := doc.Get("credentialStatus")
	c, err := credential.FromValue(nil, doc)
	if err != nil {
		return nil, refuse(err)
	}
	if has || o.Status != EntryGiven || c.Version != credential.V2 {
		return b.Keys.Secure(ctx, doc, o)
	}
	if _, err := b.Keys.Owner(ctx, c.IssuerID); err != nil {
		return nil, err
	}
	entry, err := b.enter(c.IssuerID, c.ID)
	if err != nil {
		return nil, err
	}
	text := ijson.Append(nil, doc)
	text = append(append(append(text[:len(text)-1], `,"credentialStatus":`...), entry...), '}')
	if doc, err = ijson.Parse(text, ijson.Bounds{}); err != nil {
		return nil, refuse(err)
	}
	return b.Keys.Secure(ctx, doc, o)
}

// enter gives a credential an index that no other has.
func (b *Book) enter(did, id string) (entry []byte, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.number(did)
	l := b.lists[n]
	if len(l.given) >= l.bits.Len()/2 {
		return nil, fmt.Errorf("the list of %s is full", did)
	}
	index := -1
	for index < 0 || l.given[index] {
		random, err := rand.Int(rand.Reader, big.NewInt(int64(l.bits.Len())))
		if err != nil {
			return nil, fmt.Errorf("index in a status list: %w", err)
		}
		index = int(random.Int64())
	}
	l.given[index] = true
	if id != "" {
		b.byID[id] = append(b.byID[id], place{l, index})
	}
	url := b.url(n)
	return json.Marshal(map[string]string{
		"id": url + "#" + strconv.Itoa(index), "type": "BitstringStatusListEntry", "statusPurpose": revocation,
		"statusListIndex": strconv.Itoa(index), "statusListCredential": url,
	})
}

// number is that of an issuer's list, which is made when there is none.
func (b *Book) number(did string) int {
	for i, l := range b.lists {
		if l.did == did {
			return i
		}
	}
	b.lists = append(b.lists, &pages{did: did, bits: status.New(limits.StatusListMinimum), given: map[int]bool{}})
	return len(b.lists) - 1
}

func (b *Book) url(n int) string { return b.base + ListsPath + "/" + strconv.Itoa(n) }

// Find implements Statuses.
func (b *Book) Find(_ context.Context, credentialID string) ([]Issued, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if at := b.byID[credentialID]; len(at) > 0 {
		return []Issued{{ID: credentialID, IssuerID: at[0].list.did}}, nil
	}
	return nil, nil
}

// Revoke implements Statuses: of whatever was issued under that id.
func (b *Book) Revoke(_ context.Context, x Issued, _ string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.byID[x.ID] {
		if err := p.list.bits.Set(p.index); err != nil {
			return err
		}
	}
	return nil
}

// Open implements Lists.
func (b *Book) Open(_ context.Context, did string) (List, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.lists)
	n := b.number(did)
	return List{ID: strconv.Itoa(n), URL: b.url(n), Purpose: revocation}, n == before, nil
}

// Publish implements Lists.
func (b *Book) Publish(ctx context.Context, id string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := strconv.Atoi(id)
	if err != nil || n < 0 || n >= len(b.lists) {
		return nil, errNoList()
	}
	l := b.lists[n]
	encoded, err := l.bits.Encoded()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(map[string]any{
		"@context": []string{credential.ContextV2}, "id": b.url(n), "type": []string{"VerifiableCredential", "BitstringStatusListCredential"},
		"issuer": l.did, "validFrom": credential.FormatTime(b.clock()),
		"credentialSubject": map[string]string{
			"id": b.url(n) + "#list", "type": "BitstringStatusList", "statusPurpose": revocation, "encodedList": encoded,
		},
	})
	if err != nil {
		return nil, err
	}
	doc, err := ijson.Parse(text, ijson.Bounds{})
	if err != nil {
		return nil, err
	}
	signed, err := b.Keys.Secure(ctx, doc, Order{})
	if err != nil {
		return nil, err
	}
	return single(signed)
}

// Revoked says what an entry of a list of the book is; known is false for any other.
func (b *Book) Revoked(list string, index int) (revoked, known bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for n, l := range b.lists {
		if b.url(n) == list && index >= 0 && index < l.bits.Len() {
			return l.bits.Get(index), true
		}
	}
	return false, false
}
