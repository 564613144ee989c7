package main

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/fetch"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/ledger"
	"github.com/openlaurel/laurel/internal/mail"
	"github.com/openlaurel/laurel/internal/picture"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/server"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/batch"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/issuance"
	"github.com/openlaurel/laurel/issuer/keyring"
	learning "github.com/openlaurel/laurel/issuer/learner"
	"github.com/openlaurel/laurel/issuer/mailing"
	"github.com/openlaurel/laurel/issuer/offer"
	"github.com/openlaurel/laurel/issuer/openid4vci"
	"github.com/openlaurel/laurel/issuer/signlog"
	"github.com/openlaurel/laurel/issuer/statuslist"
	"github.com/openlaurel/laurel/issuer/wallet"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/offline"
	"github.com/openlaurel/laurel/verifier/receipt"
	ask "github.com/openlaurel/laurel/verifier/request"
	"github.com/openlaurel/laurel/verifier/trust"
	"github.com/openlaurel/laurel/web"
)

// app is the object graph of one deployment.
type app struct {
	clock    func() time.Time
	cfg      config.Config
	log      *slog.Logger
	base     string   // of every address that we publish, without a slash at the end
	bases    []string // base and those before it
	store    *store.Store
	site     *web.Site // pages, and the words of mail
	catalog  *catalog.Service
	keys     *keyring.Service
	signlog  *signlog.Service
	access   *access.Service
	lists    *statuslist.Service
	offers   *offer.Service
	awards   *issuer.Service
	wallets  *wallet.Service
	issuance *openid4vci.API
	learners *learning.Service
	mails    *mailing.Service
	sender   *mail.Sender // nil: no mail is sent
	verifier *verifier.Verifier
	resolver *did.Resolver
	trust    *trustFile
	ledger   *ledger.Ledger
	book     *trust.Book
	requests *ask.Service
	metrics  *server.Metrics
	receipts *receipt.Service
	packs    *packer
	asking   ways
	desk     *batch.Desk
	tally    tally
}

// open wires a deployment whose data folder exists or is made, for what use says.
func open(ctx context.Context, cfg config.Config, log *slog.Logger, u use) (*app, error) {
	return openAt(ctx, cfg, log, u, time.Now)
}

// openAt is open with another clock, after which status is changed, published and judged.
func openAt(ctx context.Context, cfg config.Config, log *slog.Logger, u use, clock func() time.Time) (*app, error) {
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, fault.New(fault.Unavailable, err, "the data folder %s cannot be made: %s", cfg.Data, reason(err))
	}
	kek, err := readKEK(cfg.KEKPath())
	if err != nil {
		return nil, err
	}
	a := &app{cfg: cfg, log: log, clock: clock, metrics: server.NewMetrics()}
	if a.site, err = newSite(cfg, u); err != nil {
		return nil, err
	}
	if a.store, err = openStore(ctx, cfg, log, u); err != nil {
		return nil, err
	}
	if err = a.findBase(ctx, u); err == nil {
		err = a.openLedger(ctx, u)
	}
	if err == nil {
		err = a.wire(kek)
	}
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

// newSite makes the pages; those of a server offer the verifier for browsers where there is one.
func newSite(cfg config.Config, u use) (*web.Site, error) {
	if u != serving {
		return web.New(), nil
	}
	extra, err := browserFiles(cfg.Browser)
	if err != nil {
		return nil, err
	}
	return web.NewWith(extra...), nil
}

// use says what a deployment is opened for.
type use int

const (
	working    use = iota // a command: the database is brought up to date
	serving               // the server: the same, and its address becomes the deployment's
	looking               // a verification: the database is taken as it is
	rehearsing            // a drill: on a copy, which is known to be one
)

// findBase settles the address of the deployment: the configured one, for a server the one that it listens on, for every
// other command the one that was served last. Otherwise a badge awarded on the command line would name an address at which
// nobody answers.
func (a *app) findBase(ctx context.Context, u use) error {
	known, err := a.store.BaseURLs(ctx)
	if err != nil {
		return err
	}
	a.base = baseURL(a.cfg)
	if u != serving && a.cfg.BaseURL == "" && len(known) > 0 {
		a.base = known[0]
	}
	if u == serving {
		if len(known) > 0 && known[0] != a.base {
			a.log.WarnContext(ctx, "served at another address before, which badges signed there still name", "before", known[0], "now", a.base)
		}
		err = a.store.UseBaseURL(ctx, a.base, time.Now())
	}
	a.bases = append([]string{a.base}, known...)
	return err
}

func openStore(ctx context.Context, cfg config.Config, log *slog.Logger, u use) (*store.Store, error) {
	where := cfg.Database
	if !cfg.Postgres() {
		where = cfg.SQLitePath()
	}
	st, err := store.Open(ctx, store.Config{URL: where, Logger: log})
	if err != nil {
		return nil, unreachable(cfg, err)
	}
	if u != looking {
		err = st.Migrate(ctx)
	} else {
		var pending []string
		if pending, err = st.Pending(ctx); err == nil && len(pending) > 0 {
			err = fault.New(fault.Unavailable, nil, "the database is of an older version of Laurel").Hint(`run "laurel migrate" first`)
		}
	}
	if err != nil {
		return nil, errors.Join(unreachable(cfg, err), st.Close())
	}
	return st, nil
}

// unreachable names the PostgreSQL server that does not answer a command or a start; without its password.
func unreachable(cfg config.Config, err error) error {
	u, parsed := url.Parse(cfg.Database)
	if !cfg.Postgres() || parsed != nil || fault.Describe(err).Code != "store.unavailable" {
		return err
	}
	return fault.New(fault.Unavailable, err, "the database at %s cannot be used", plain(u.Host)).Code("store.unavailable").
		Hint("is PostgreSQL running there, and are user, password and database of --database right?")
}

// reason is the cause of an error of a file, without its path.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// wire builds the services in the order in which they need each other. The verifier and the write side meet here only.
func (a *app) wire(kek keys.KEK) error {
	holders, err := openHolders(a.cfg)
	if err != nil {
		return err
	}
	a.keys = keyring.New(keyring.Config{
		Store: a.store, KEK: kek, Logger: a.log, Notice: a.cfg.KeyNotice, Log: a.store, Holders: holders, Home: a.cfg.NewKeys,
	})
	if a.catalog, err = catalog.New(catalog.Config{Store: a.store, BaseURL: a.base, Pictures: pictures{}}); err != nil {
		return err
	}
	a.access = access.New(access.Config{Store: a.store, People: a.store, Passkeys: a.store, Logins: a.store})
	secret, err := hkdf.Key(sha256.New, kek[:], nil, "laurel offer codes", 32)
	if err != nil {
		return fmt.Errorf("key of the offer codes: %w", err)
	}
	a.offers = offer.New(offer.Config{Store: a.store, Secret: secret})
	certs, err := readCertificates(a.cfg.Certificates)
	if err != nil {
		return err
	}
	if a.signlog, err = newSignlog(a, kek); err != nil {
		return err
	}
	signing := issuance.New(issuance.Config{Keys: a.keys.For(signlog.Credential), Checker: selfCheck{a}, Certificates: certs})
	signer := listSigner{issuance.New(issuance.Config{Keys: a.keys.For(signlog.StatusList), Certificates: certs}), a.catalog, a.keys}
	a.lists = statuslist.New(statuslist.Config{Store: a.store, Issuers: signer, Signer: signer, BaseURL: a.base, Logger: a.log, Key: signer.key,
		Ledger: a.ledger, Clock: a.clock})
	a.awards = issuer.New(issuer.Config{
		Store: a.store, Statements: a.store, Attachments: a.store, Endorsements: endorsementCheck{a}, Records: records{a}, Catalog: a.catalog,
		Lists:    told{a.lists, a},
		Issuance: signing, Offers: a.offers, BaseURL: a.base, Logger: a.log, Entry: a.cfg.StatusEntry, Clock: a.clock,
	})
	a.learners = learning.New(learning.Config{Offers: a.offers, Store: a.store, Awards: a.awards, Catalog: a.catalog, Records: a.awards, Clock: a.clock})
	if a.mails, err = newMailing(a, kek); err != nil {
		return err
	}
	a.desk = batch.NewDesk(batch.DeskConfig{Store: a.store, Awards: batchAwards{a}, Importer: a.importer, Clock: a.clock, Logger: a.log})
	if a.wallets, err = newWallets(a, kek); err != nil {
		return err
	}
	a.trust, err = newTrustFile(a.cfg.Trust, a.log)
	if err != nil {
		return err
	}
	guarded := offline.NewRecorder(fetch.New(fetch.Config{Allow: a.cfg.FetchAllow, Offline: a.cfg.Offline}), a.clock)
	inside := own{bases: a.bases, awards: a.awards, lists: a.lists, fetch: guarded}
	a.packs = &packer{app: a, inside: inside, seen: guarded}
	resolver := did.New(did.Config{Fetch: guarded, Local: a.keys.Local})
	a.resolver = resolver
	a.book = trust.NewBook(trust.Config{Root: a.trust.current, Fetch: guarded, Keys: resolver, Logger: a.log})
	anchors, err := readAuthorities(a.cfg.Authorities)
	if err != nil {
		return err
	}
	a.verifier = verifier.New(verifier.Config{
		Keys: resolver, Fetch: inside, Records: records{a}, Trust: trusted{own: a.isOwn, book: a.book}, Memory: a.store, Anchors: anchors, Clock: a.clock,
	})
	if a.issuance, err = newIssuance(a, kek, certs); err != nil {
		return err
	}
	if err := a.wireReceipts(kek); err != nil {
		return err
	}
	return a.wireRequests(kek, certs)
}

// told is the lists of the deployment, whose changes its own verifier sees at once.
type told struct {
	*statuslist.Service
	app *app
}

// Changed implements issuer.Lists.
func (t told) Changed(ctx context.Context, id string) error {
	err := t.Service.Changed(ctx, id)
	e := statuslist.Entry{URL: t.app.base + "/status/" + id}
	for _, f := range [...]statuslist.Form{statuslist.Token, statuslist.Embedded, statuslist.JWT} {
		t.app.verifier.Forget(e.In(f))
	}
	return err
}

// isOwn reports whether id is the DID of an issuer of this deployment.
func (a *app) isOwn(ctx context.Context, id string) bool {
	i, err := a.catalog.Issuer(ctx, id)
	return err == nil && i.DID == id
}

func (a *app) close() error {
	err := a.store.Close()
	if a.ledger != nil {
		err = errors.Join(err, a.ledger.Close())
	}
	return err
}

// openVerifier wires only what a verification needs: the deployment's own issuers where there is a deployment, the trust
// list, and the way out. It makes no folder and no database.
func openVerifier(ctx context.Context, cfg config.Config, t terminal) (*verifier.Verifier, func(), error) {
	log := logger(cfg, t.err)
	_, err := os.Stat(cfg.SQLitePath())
	if cfg.Postgres() || err == nil {
		a, err := open(ctx, cfg, log, looking)
		if err != nil {
			return nil, nil, err
		}
		return a.verifier, func() { _ = a.close() }, nil
	}
	list, err := newTrustFile(cfg.Trust, log)
	if err != nil {
		return nil, nil, err
	}
	anchors, err := readAuthorities(cfg.Authorities)
	if err != nil {
		return nil, nil, err
	}
	resolver, guarded := outside(cfg)
	v := verifier.New(verifier.Config{Keys: resolver, Fetch: guarded, Anchors: anchors, Trust: trusted{
		own:  func(context.Context, string) bool { return false },
		book: trust.NewBook(trust.Config{Root: list.current, Fetch: guarded, Keys: resolver, Logger: log}),
	}})
	return v, func() {}, nil
}

// outside wires the way out of somebody who has no deployment.
func outside(cfg config.Config) (*did.Resolver, *fetch.Client) {
	guarded := fetch.New(fetch.Config{Allow: cfg.FetchAllow, Offline: cfg.Offline})
	return did.New(did.Config{Fetch: guarded}), guarded
}

// baseURL is the configured address, or the one that follows from the listening address.
func baseURL(cfg config.Config) string {
	if cfg.BaseURL != "" {
		return strings.TrimRight(cfg.BaseURL, "/")
	}
	host, port, ok := strings.Cut(cfg.Listen, ":")
	if !ok || host == "" || host == "127.0.0.1" || host == "0.0.0.0" || strings.HasPrefix(cfg.Listen, "[") {
		host, port = "localhost", cfg.Listen[strings.LastIndexByte(cfg.Listen, ':')+1:]
	}
	return "http://" + host + ":" + port
}

// hostDID is the DID of the deployment's host (did:web: the port's colon is percent-encoded).
func (a *app) hostDID() string {
	u, err := url.Parse(a.base)
	if err != nil {
		return ""
	}
	return "did:web:" + strings.ReplaceAll(u.Host, ":", "%3A")
}

// readKEK reads the key-encryption key, and makes it on the first start. A file that others can read is refused.
func readKEK(path string) (keys.KEK, error) {
	var kek keys.KEK
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if kek, err = keys.NewKEK(rand.Reader); err != nil {
			return kek, err
		}
		f, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return readKEK(path) // another process made it just now
		}
		if err != nil {
			return kek, fault.New(fault.Unavailable, err, "the key-encryption key %s cannot be written", path)
		}
		_, err = f.Write(kek.Text())
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return kek, fault.New(fault.Unavailable, err, "the key-encryption key %s cannot be written", path)
		}
		return kek, nil
	}
	if err != nil {
		return kek, fault.New(fault.Unavailable, err, "the key-encryption key %s cannot be read", path)
	}
	if err := keyring.CheckKEKMode(info.Mode()); err != nil {
		return kek, err
	}
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return kek, fault.New(fault.Unavailable, err, "the key-encryption key %s cannot be read", path)
	}
	return keys.ParseKEK(text)
}

// pictures is package picture as the catalogue needs it.
type pictures struct{}

func (pictures) Sanitise(data []byte) ([]byte, string, error) { return picture.Take(data) }

// listSigner signs status lists with the issuer's key, through the same gate as credentials.
type listSigner struct {
	issuance *issuance.Service
	catalog  *catalog.Service
	keys     *keyring.Service
}

// DID implements statuslist.Issuers: of an issuer by its id, and by nothing else.
func (l listSigner) DID(ctx context.Context, issuerID string) (string, error) {
	i, err := l.catalog.Issuer(ctx, issuerID)
	if err == nil && i.ID != issuerID {
		err = fault.New(fault.NotFound, nil, "there is no issuer of this id").Code("issuer.not_found")
	}
	return i.DID, err
}

// SignList implements statuslist.Signer.
func (l listSigner) SignList(ctx context.Context, issuerID string, f statuslist.Form, unsigned []byte) ([]byte, error) {
	i, err := l.catalog.Issuer(ctx, issuerID)
	if err != nil {
		return nil, err
	}
	order := issuance.Order{IssuerID: i.ID, Form: proof.VCJWT, Alg: listAlgorithm(i, f)}
	switch f {
	case statuslist.JWT:
		return l.issuance.SignToken(ctx, order, "statuslist+jwt", unsigned)
	case statuslist.CWT:
		return l.issuance.SignMessage(ctx, order, "application/statuslist+cwt", unsigned)
	case statuslist.Embedded:
		order.Form = proof.DataIntegrity
	}
	t, err := l.issuance.Prepare(order, unsigned)
	if err != nil {
		return nil, err
	}
	s, err := l.issuance.Sign(ctx, t)
	return s.Bytes, err
}

// listAlgorithm is what lists of that form are signed with.
func listAlgorithm(i catalog.Issuer, f statuslist.Form) keys.Algorithm {
	if f == statuslist.Embedded {
		return keys.EdDSA
	}
	return keys.Algorithm(i.Algorithm)
}

// key names the key that signs lists now.
func (l listSigner) key(ctx context.Context, issuerID string, f statuslist.Form) (id string, since time.Time, err error) {
	i, err := l.catalog.Issuer(ctx, issuerID)
	if err != nil {
		return "", time.Time{}, err
	}
	k, err := l.keys.Current(ctx, issuerID, listAlgorithm(i, f))
	return k.ID, k.UsedFrom, err
}

// selfCheck lets the verifier look at what was signed, before anybody gets it.
type selfCheck struct{ app *app }

// Check implements issuance.Checker. Endorsements were verified when they were attached: whether their issuers can be reached
// now says nothing of what is issued. What a learner record holds must hold.
func (s selfCheck) Check(ctx context.Context, signed []byte) error {
	r := s.app.verifier.Check(ctx, verifier.Input{File: signed}, verifier.Policy{Waive: verifier.EndorsementsUnsafe})
	if r.Verdict == verifier.Valid && (r.Record == nil || r.Record.AllHold()) {
		return nil
	}
	for _, c := range append(r.Checks, memberChecks(r)...) {
		if c.Outcome == verifier.Fail || c.Outcome == verifier.Unknown {
			return fmt.Errorf("check %s: %w", c.ID, fault.Wrong(c.Code, c.At, "%s", c.Detail))
		}
	}
	return fmt.Errorf("verdict %s", r.Verdict)
}

// memberChecks are the checks of the first credential of a record that does not hold.
func memberChecks(r verifier.Result) []verifier.Check {
	for _, n := range r.Nested {
		if n.Result.Verdict != verifier.Valid {
			return n.Result.Checks
		}
	}
	return nil
}

// endorsementCheck lets the verifier look at an endorsement before it goes into badges.
type endorsementCheck struct{ app *app }

// CheckEndorsement implements issuer.EndorsementChecker: an endorsement counts when it holds and somebody vouches for its issuer.
func (e endorsementCheck) CheckEndorsement(ctx context.Context, signed []byte) error {
	r := e.app.verifier.Check(ctx, verifier.Input{File: signed}, verifier.Policy{})
	if r.Verdict == verifier.Valid && r.Endorsement != nil {
		return nil
	}
	for _, c := range r.Checks {
		if c.Outcome == verifier.Fail || c.Outcome == verifier.Unknown {
			hint := cmp.Or(steps[c.Code], "ask its issuer for one that holds")
			return fault.New(fault.Invalid, nil, "the endorsement is not taken: %s", c.Detail).Code(c.Code).At("/endorsement").Hint("%s", hint)
		}
	}
	return fault.New(fault.Invalid, nil, "this is no endorsement").Code("attachment.type").At("/endorsement")
}

// logger writes to w in the configured format.
func logger(cfg config.Config, w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// every calls f each time d has passed, until ctx ends.
func every(ctx context.Context, d time.Duration, f func(context.Context)) {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f(ctx)
		}
	}
}
