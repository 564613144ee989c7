package statuslist

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/status"
)

// live is a list in memory: its bits, how far they follow the database, and what was signed last.
type live struct {
	mu      sync.Mutex
	list    List
	bits    *status.Bits
	version int64     // of the bits
	stamp   time.Time // validFrom for that version, as the database has it
	looked  time.Time // when the database was last asked for changes
	signed  map[Form]*signed
}

// signed is a list as it was signed last in one form.
type signed struct {
	version int64
	from    time.Time // validFrom
	key     string    // with which it was signed
	body    Published
}

// freshness is how long a process may not notice a change that another process made. A change of its own is told to it.
const freshness = time.Second

// Publish returns the list signed in that form. It is signed again only when bits changed or half of its life is over. An
// unknown id or form is fault.NotFound. While the database does not answer, the last list is served for as long as a cache
// may keep it.
func (s *Service) Publish(ctx context.Context, id string, f Form) (Published, error) {
	if f != Token && f != Embedded {
		return Published{}, fault.New(fault.NotFound, nil, "there is no status list at this address").Code("status.not_found")
	}
	l, err := s.live(ctx, id)
	if err != nil {
		return Published{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := s.c.Clock().UTC()
	last := l.signed[f]
	if now.Sub(l.looked) >= freshness || now.Before(l.looked) {
		if err := s.follow(ctx, l, now); err != nil {
			if last != nil && now.Sub(l.looked) < limits.StatusListTTL && !now.Before(l.looked) {
				s.c.Logger.WarnContext(ctx, "status list is served as it was: the database does not answer", "list", id, "error", err)
				return last.body, nil
			}
			return Published{}, err
		}
	}
	key, since := s.key(ctx, l.list.IssuerID, f)
	if last != nil && last.key == key && last.version == l.version && last.from.Equal(l.stamp) && now.Sub(last.from) < limits.StatusListLife/2 {
		return last.body, nil
	}
	if l.stamp.Before(since) { // a list is not dated before its key
		if l.stamp, err = s.c.Store.Restamp(ctx, l.list.ID, now); err != nil {
			return Published{}, fmt.Errorf("status list %s: %w", id, err)
		}
	}
	made, err := s.sign(ctx, l, f, now)
	if err == nil {
		l.signed[f].key = key
	}
	return made, err
}

// key names the key that signs lists of that form now, and since when. A list that another key signed is signed again: that
// key may be withdrawn. While nothing can be found out, it counts as unchanged.
func (s *Service) key(ctx context.Context, issuerID string, f Form) (id string, since time.Time) {
	if s.c.Key == nil {
		return "", time.Time{}
	}
	id, since, err := s.c.Key(ctx, issuerID, f)
	if err != nil {
		s.c.Logger.WarnContext(ctx, "the key of the status lists is not known", "issuer", issuerID, "error", err)
	}
	return id, since
}

// Changed tells that bits of a list were set in the database, and publishes it.
func (s *Service) Changed(ctx context.Context, id string) error {
	l, err := s.live(ctx, id)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.looked = time.Time{}
	l.mu.Unlock()
	_, err = s.Publish(ctx, id, Token)
	return err
}

func (s *Service) live(ctx context.Context, id string) (*live, error) {
	s.mu.Lock()
	l := s.lists[id]
	s.mu.Unlock()
	if l != nil {
		return l, nil
	}
	stored, err := s.c.Store.List(ctx, id)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.lists[id]; known != nil {
		return known, nil
	}
	l = &live{list: stored, bits: status.New(stored.Size), signed: map[Form]*signed{}}
	s.lists[id] = l
	return l, nil
}

// follow sets the bits that were set in the database since the last look.
func (s *Service) follow(ctx context.Context, l *live, now time.Time) error {
	c, err := s.c.Store.Changes(ctx, l.list.ID, l.version)
	if err != nil {
		return fmt.Errorf("changes of status list %s: %w", l.list.ID, err)
	}
	for _, i := range c.Indexes {
		if err := l.bits.Set(i); err != nil {
			return fmt.Errorf("status list %s: %w", l.list.ID, err)
		}
	}
	l.version, l.stamp, l.looked = c.Version, c.Stamp, now
	return nil
}

// sign makes the list credential (Bitstring Status List v1.0 §2.2). validFrom is the second of the last change; when half of
// the life that begins there is over, the database moves it to the present first.
func (s *Service) sign(ctx context.Context, l *live, f Form, now time.Time) (Published, error) {
	if now.Sub(l.stamp) >= limits.StatusListLife/2 {
		stamp, err := s.c.Store.Restamp(ctx, l.list.ID, now)
		if err != nil {
			return Published{}, fmt.Errorf("status list %s: %w", l.list.ID, err)
		}
		l.stamp = stamp
	}
	did, err := s.c.Issuers.DID(ctx, l.list.IssuerID)
	if err != nil {
		return Published{}, fmt.Errorf("issuer of status list %s: %w", l.list.ID, err)
	}
	encoded, err := l.bits.Encoded()
	if err != nil {
		return Published{}, fmt.Errorf("status list %s: %w", l.list.ID, err)
	}
	body, err := s.c.Signer.SignList(ctx, l.list.IssuerID, f, document(listText{
		url: address(l.list.URL, f), did: did, purpose: l.list.Purpose, encoded: encoded, from: l.stamp,
	}))
	if err != nil {
		return Published{}, fmt.Errorf("signing status list %s: %w", l.list.ID, err)
	}
	made := &signed{version: l.version, from: l.stamp}
	made.body = Published{Form: f, Body: body, ETag: tagOf(body), LastModified: l.stamp, MaxAge: limits.StatusListTTL}
	l.signed[f] = made
	return made.body, nil
}

type listText struct {
	url, did, purpose, encoded string
	from                       time.Time
}

// document writes the unsigned list. Every text in it is one of ours: URLs, a DID, base64url; nothing needs escaping that
// strconv.Quote would write in another way than JSON.
func document(t listText) []byte {
	q := strconv.Quote
	out := make([]byte, 0, len(t.encoded)+1024)
	out = append(out, `{"@context":["`+credential.ContextV2+`"],"id":`+q(t.url)+
		`,"type":["VerifiableCredential","BitstringStatusListCredential"],"issuer":`+q(t.did)+
		`,"validFrom":"`+credential.FormatTime(t.from)+`","validUntil":"`+credential.FormatTime(t.from.Add(limits.StatusListLife))+
		`","credentialSubject":{"id":`+q(t.url+"#list")+`,"type":"BitstringStatusList","statusPurpose":`+q(t.purpose)+
		`,"ttl":`+strconv.FormatInt(limits.StatusListTTL.Milliseconds(), 10)+`,"encodedList":"`...)
	out = append(out, t.encoded...)
	return append(out, `"}}`...)
}
