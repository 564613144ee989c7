package keyring

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
)

// step is a change of one issuer's keys while it is put together.
type step struct {
	s        *Service
	issuerID string
	actor    string
	now      time.Time
	before   []Key
	after    []Key
	made     []Key // those that are new, or sign from now on
	change   Change
	detail   []string
}

// step begins a change of the keys that an issuer has.
func (s *Service) step(have []Key, issuerID, actor string) (*step, error) {
	if issuerID == "" {
		return nil, fault.New(fault.Invalid, nil, "the issuer is missing").Code("issuer.missing")
	}
	return &step{
		s: s, issuerID: issuerID, actor: cmp.Or(actor, "system"), now: s.clock().UTC().Truncate(time.Second),
		before: have, after: slices.Clone(have),
	}, nil
}

// find returns the issuer's key for alg in that state.
func (st *step) find(alg keys.Algorithm, state State) (Key, bool) {
	for _, k := range st.after {
		if k.Alg == alg && k.State == state {
			return k, true
		}
	}
	return Key{}, false
}

// add makes a key for alg that is published from now on. An active one signs from now on, in the place of another; a next one
// may sign when the notice is over.
func (st *step) add(ctx context.Context, did string, alg keys.Algorithm, state State, p Place) error {
	if !strings.HasPrefix(did, "did:") || strings.ContainsAny(did, "#?/ ") {
		return fault.New(fault.Invalid, nil, "%.80q is not the DID of an issuer", did).Code("did.syntax")
	}
	p = st.home(p, alg)
	k := Key{IssuerID: st.issuerID, Alg: alg, State: state, CreatedAt: st.now, UsedFrom: st.now}
	if state == Next {
		k.UsedFrom = st.now.Add(st.s.lead)
	} else {
		st.retire(alg)
	}
	k, err := st.s.generate(ctx, k, did, p)
	if err != nil {
		return fmt.Errorf("new key of issuer %s: %w", st.issuerID, err)
	}
	if slices.ContainsFunc(st.after, func(o Key) bool { return o.ID == k.ID }) {
		return fault.New(fault.Conflict, nil, "the issuer has the key %s already", k.ID).Code("key.exists").At("/key")
	}
	st.change.Insert, st.after = append(st.change.Insert, k), append([]Key{k}, st.after...)
	st.made, st.detail = append(st.made, k), append(st.detail, string(alg))
	return nil
}

// promote lets a next key sign from now on, in the place of the active one.
func (st *step) promote(k Key) {
	st.retire(k.Alg)
	k.UsedFrom = st.now
	k = st.set(k, Active)
	st.made, st.detail = append(st.made, k), append(st.detail, string(k.Alg))
}

// retire ends the active key for alg, where there is one.
func (st *step) retire(alg keys.Algorithm) {
	if k, ok := st.find(alg, Active); ok {
		k.RetiredAt = st.now
		st.set(k, Retired)
	}
}

// set puts a key that there is into a state.
func (st *step) set(k Key, to State) Key {
	was := k.State
	k.State = to
	st.change.Update = append(st.change.Update, Update{Key: k, Was: was})
	st.after[slices.IndexFunc(st.after, func(o Key) bool { return o.ID == k.ID })] = k
	return k
}

// store stores the step with the documents that it changes, and its event.
func (st *step) store(ctx context.Context, action string) error {
	s := st.s
	if s.kek.IsZero() {
		return fmt.Errorf("keys of issuer %s: there is no key-encryption key", st.issuerID)
	}
	id, err := s.eventID()
	if err != nil {
		return err
	}
	st.change.Event = event.Event{
		ID: id, At: st.now, Actor: st.actor, Action: action, IssuerID: st.issuerID, Subject: st.issuerID, Detail: strings.Join(st.detail, " "),
	}
	if err := st.documents(ctx); err != nil {
		return err
	}
	if err := s.store.ChangeKeys(ctx, st.change); err != nil {
		return fmt.Errorf("keys of issuer %s: %w", st.issuerID, err)
	}
	s.forget(st.issuerID)
	s.log.InfoContext(ctx, "keys changed",
		slog.String("action", action), slog.String("issuer_id", st.issuerID), slog.String("detail", st.change.Event.Detail))
	return nil
}

// documents adds a version of every DID document that the step changes. An identity of which none was kept yet gets the one
// before, too: the history begins with what was published until now.
func (st *step) documents(ctx context.Context) error {
	var identities []string
	for _, k := range st.after {
		owner, _, _ := strings.Cut(k.ID, "#")
		if !slices.Contains(identities, owner) {
			identities = append(identities, owner)
		}
	}
	for _, id := range identities {
		old, err := encode(id, st.before)
		if err != nil {
			return err
		}
		now, err := encode(id, st.after)
		if err != nil {
			return err
		}
		if bytes.Equal(old, now) {
			continue
		}
		kept, err := st.s.store.Versions(ctx, id)
		if err != nil {
			return fmt.Errorf("DID documents of %s: %w", id, err)
		}
		n := 1
		if len(kept) > 0 {
			n = kept[len(kept)-1].Number + 1
		} else if i := slices.IndexFunc(st.before, func(k Key) bool { return strings.HasPrefix(k.ID, id+"#") }); i >= 0 {
			st.change.Documents = append(st.change.Documents, Version{DID: id, Number: n, Body: old, At: st.before[i].CreatedAt})
			n++
		}
		st.change.Documents = append(st.change.Documents, Version{DID: id, Number: n, Body: now, At: st.now})
	}
	return nil
}
