package keyring

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
)

// Pace says when the new keys of a rotation sign.
type Pace string

// The paces. Announced is the rule: whoever keeps the DID document for a while has seen the new key before anything is
// signed with it. Unannounced is for emergencies: until they look again, such readers do not know the key.
const (
	Announced   Pace = ""
	Unannounced Pace = "unannounced"
)

// Rotation says which keys of an issuer are replaced.
type Rotation struct {
	IssuerID   string
	DID        string           // the identity under which the new keys are published
	Algorithms []keys.Algorithm // empty: all for which the issuer has a key
	Pace       Pace
	Place      Place
	Actor      string // who wants it, for the event; empty: "system"
}

// Rotate publishes new keys and lets them sign when the notice is over; Promote does that. A new key that is published
// already signs from now on when its notice is over, and otherwise is fault.Conflict. Unannounced, the new keys sign at once.
// Whatever old keys signed stays valid: they retire and stay published. It returns the keys that were made or sign from now
// on. An issuer without keys is fault.NotFound, an algorithm that is neither among Algorithms nor OnDemand fault.Invalid.
func (s *Service) Rotate(ctx context.Context, r Rotation) ([]Key, error) {
	have, err := s.store.Keys(ctx, r.IssuerID)
	if err != nil {
		return nil, fmt.Errorf("keys of issuer %s: %w", r.IssuerID, err)
	}
	if r.Algorithms, err = rotated(have, r); err != nil {
		return nil, err
	}
	if err := r.Place.check(r.Algorithms); err != nil {
		return nil, err
	}
	st, err := s.step(have, r.IssuerID, r.Actor)
	if err != nil {
		return nil, err
	}
	action := "key.published"
	for _, alg := range r.Algorithms {
		next, published := st.find(alg, Next)
		switch {
		case published && r.Place.Holder != "" && (r.Place.Name != "" || r.Place.Holder != cmp.Or(next.Holder, Database)):
			return nil, fault.New(fault.Conflict, nil, "the next %s key is published already, and it is another one", alg).Code("key.notice").
				Hint("let it take over first, or withdraw it: %s", next.ID)
		case published && (r.Pace == Unannounced || !st.now.Before(next.UsedFrom)):
			action = "key.rotated"
			st.promote(next)
		case published:
			return nil, fault.New(fault.Conflict, nil, "the next %s key is published since %s and may sign from %s on", alg,
				next.CreatedAt.Format(time.RFC3339), next.UsedFrom.Format(time.RFC3339)).Code("key.notice").
				Hint("it does so by itself then; in an emergency rotate at once (--now)")
		case r.Pace == Unannounced:
			action = "key.rotated"
			err = st.add(ctx, r.DID, alg, Active, r.Place)
		default:
			err = st.add(ctx, r.DID, alg, Next, r.Place)
		}
		if err != nil {
			return nil, err
		}
	}
	return st.made, st.store(ctx, action)
}

// Whatever stands at a place must be one key.
func (p Place) check(algorithms []keys.Algorithm) error {
	if p.Name == "" || p.Holder != "" && len(algorithms) == 1 {
		return nil
	}
	return fault.New(fault.Invalid, nil, "a key that there is needs its signer and its algorithm").Code("key.holder").At("/key").
		Hint("name one signer and one algorithm")
}

// rotated settles which algorithms a rotation is about.
func rotated(have []Key, r Rotation) ([]keys.Algorithm, error) {
	for i, alg := range r.Algorithms {
		if !slices.Contains(append(Algorithms(), OnDemand()...), alg) || slices.Contains(r.Algorithms[:i], alg) {
			return nil, fault.New(fault.Invalid, nil, "no key is rotated for the algorithm %.20q", string(alg)).Code("key.algorithm").
				Hint("choose among ES256, EdDSA, RS256, ES384, each once")
		}
	}
	if len(have) == 0 && r.IssuerID != "" {
		return nil, errNoKeys(r.IssuerID)
	}
	missing := func(alg keys.Algorithm) bool {
		return slices.Contains(OnDemand(), alg) && !slices.ContainsFunc(have, func(k Key) bool { return k.Alg == alg })
	}
	if slices.ContainsFunc(r.Algorithms, missing) {
		return nil, fault.New(fault.Invalid, nil, "the issuer has no key for that algorithm yet").Code("key.algorithm").
			Hint("it is made when something is first signed with it")
	}
	if len(r.Algorithms) == 0 {
		r.Algorithms = slices.DeleteFunc(append(Algorithms(), OnDemand()...), missing)
	}
	return r.Algorithms, nil
}

// succeed makes the key that signs in the place of k from now on, where k is.
func (st *step) succeed(ctx context.Context, k Key) error {
	return st.add(ctx, ownerOf(k.ID), k.Alg, Active, Place{Holder: cmp.Or(k.Holder, Database)})
}

// orphans are the withdrawn keys whose algorithm has no other key that signs, or will: the newest of each algorithm.
func orphans(have []Key) []Key {
	var out []Key
	seen := map[keys.Algorithm]bool{}
	for _, k := range have {
		if k.State == Active || k.State == Next {
			seen[k.Alg] = true
		}
	}
	for _, k := range have { // newest first
		if k.State == Withdrawn && !seen[k.Alg] {
			seen[k.Alg] = true
			out = append(out, k)
		}
	}
	return out
}

// Promote lets every next key sign whose notice is over, and makes keys in the place of withdrawn ones that have no successor.
// It is called again and again; of several processes one does it.
func (s *Service) Promote(ctx context.Context) error {
	all, err := s.store.Keys(ctx, "")
	if err != nil {
		return fmt.Errorf("keys of all issuers: %w", err)
	}
	issuers := map[string][]Key{}
	for _, k := range all {
		issuers[k.IssuerID] = append(issuers[k.IssuerID], k)
	}
	var failed []error
	for id, have := range issuers {
		st, err := s.step(have, id, "")
		if err != nil {
			return err
		}
		for _, k := range have {
			if k.State == Next && !st.now.Before(k.UsedFrom) {
				st.promote(k)
			}
		}
		for _, k := range orphans(have) {
			if err := st.succeed(ctx, k); err != nil {
				failed = append(failed, fmt.Errorf("successor of %s: %w", k.ID, err))
			}
		}
		if len(st.made) == 0 {
			continue
		}
		if err := st.store(ctx, "key.rotated"); err != nil && !fault.Is(err, fault.Conflict) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// Withdrawal says that a key was in the hands of somebody else.
type Withdrawal struct {
	IssuerID string
	Key      string    // its ID
	From     time.Time // the moment from which somebody else may have signed with it; zero: now
	Actor    string
}

// Withdraw takes a key out of use for good, publishes that, and returns it. When it was the active one, the next one or a new
// one signs from now on; while its signer is away there is none, nothing is signed in its place, and Promote makes one
// afterwards. A second withdrawal may move the moment to an earlier one, never to a later one, which is
// fault.Conflict. An unknown key is fault.NotFound, a moment to come or before the key was made fault.Invalid.
func (s *Service) Withdraw(ctx context.Context, w Withdrawal) (Key, error) {
	st, k, err := s.withdrawal(ctx, w)
	if err != nil {
		return Key{}, err
	}
	from := k.CompromisedAt
	if k.State == Active {
		if next, ok := st.find(k.Alg, Next); ok {
			st.promote(next)
		} else if err := st.succeed(ctx, k); fault.Is(err, fault.Unavailable) { // a theft does not wait for a signer that is away
			s.log.ErrorContext(ctx, "a key is withdrawn without a successor; one is made when its signer answers", "key", k.ID, "error", err)
		} else if err != nil {
			return Key{}, err
		}
		k = st.after[slices.IndexFunc(st.after, func(o Key) bool { return o.ID == k.ID })]
	}
	k.CompromisedAt = from
	if k.WithdrawnAt.IsZero() {
		k.WithdrawnAt = st.now
	}
	if k.RetiredAt.IsZero() {
		k.RetiredAt = st.now
	}
	k = st.withdraw(k)
	st.detail = []string{k.ID, from.Format(time.RFC3339)}
	return k, st.store(ctx, "key.withdrawn")
}

// PlanWithdraw returns the key with the moment from which Withdraw would disbelieve it, and changes nothing. What Withdraw refuses, it
// refuses.
func (s *Service) PlanWithdraw(ctx context.Context, w Withdrawal) (Key, error) {
	_, k, err := s.withdrawal(ctx, w)
	return k, err
}

// withdrawal begins a withdrawal: it finds the key and settles the moment, which stands in its CompromisedAt.
func (s *Service) withdrawal(ctx context.Context, w Withdrawal) (*step, Key, error) {
	have, err := s.store.Keys(ctx, w.IssuerID)
	if err != nil {
		return nil, Key{}, fmt.Errorf("keys of issuer %s: %w", w.IssuerID, err)
	}
	st, err := s.step(have, w.IssuerID, w.Actor)
	if err != nil {
		return nil, Key{}, err
	}
	i := slices.IndexFunc(have, func(k Key) bool { return k.ID == w.Key })
	if i < 0 {
		return nil, Key{}, fault.New(fault.NotFound, nil, "the issuer has no key %.120q", w.Key).Code("key.unknown").At("/key").
			Hint("laurel keys list shows those that there are")
	}
	k := have[i]
	from := w.From.UTC().Truncate(time.Second)
	if w.From.IsZero() {
		from = st.now
	}
	switch {
	case from.After(st.now.Add(limits.ClockSkew)):
		return nil, Key{}, fault.New(fault.Invalid, nil, "the moment of the compromise lies in the future").Code("key.moment").At("/from").
			Hint("name one that is over, in UTC; left out, it is now")
	case from.Before(k.CreatedAt.Add(-limits.ClockSkew)):
		return nil, Key{}, fault.New(fault.Invalid, nil, "the key was made on %s: before, it cannot have been stolen", k.CreatedAt.Format(time.RFC3339)).
			Code("key.moment").At("/from").Hint("to disbelieve everything that it signed, name that moment")
	case k.State == Withdrawn && from.After(k.CompromisedAt):
		return nil, Key{}, fault.New(fault.Conflict, nil, "the key is withdrawn from %s on, which cannot become later", k.CompromisedAt.Format(time.RFC3339)).
			Code("key.withdrawn").At("/from")
	}
	k.CompromisedAt = from
	return st, k, nil
}

// withdraw puts the key into its last state. When this step has retired it, that becomes one update.
func (st *step) withdraw(k Key) Key {
	i := slices.IndexFunc(st.change.Update, func(u Update) bool { return u.Key.ID == k.ID })
	if i < 0 {
		return st.set(k, Withdrawn)
	}
	k.State = Withdrawn
	st.change.Update[i].Key = k
	st.after[slices.IndexFunc(st.after, func(o Key) bool { return o.ID == k.ID })] = k
	return k
}

// Stolen returns the withdrawn one among keys that has that id. An unknown id is fault.NotFound, a key that is not withdrawn
// fault.Conflict.
func Stolen(all []Key, id string) (Key, error) {
	i := slices.IndexFunc(all, func(k Key) bool { return k.ID == id })
	switch {
	case i < 0:
		return Key{}, fault.New(fault.NotFound, nil, "there is no key %.120q", id).Code("key.unknown").At("/key").
			Hint("laurel keys list shows those that there are")
	case all[i].State != Withdrawn:
		return Key{}, fault.New(fault.Conflict, nil, "the key is not withdrawn: what it signed holds").Code("key.not_withdrawn").At("/key").
			Hint("withdraw it first, with the moment from which somebody else may have signed with it")
	}
	return all[i], nil
}
