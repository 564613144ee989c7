package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openlaurel/laurel/internal/config"
	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/randid"
	"github.com/openlaurel/laurel/issuer/signlog"
	"github.com/openlaurel/laurel/verifier/trust"
)

// trustDoc is a trust list in our own JSON form, as the commands write it.
type trustDoc struct {
	Name    string       `json:"name,omitempty"`
	Note    string       `json:"note,omitempty"`
	Issuers []trustEntry `json:"issuers"`
	Lists   []trustRef   `json:"lists,omitempty"`
}

type trustRef struct {
	URL    string `json:"url"`
	Issuer string `json:"issuer"`
}

type trustEntry struct {
	ID         string            `json:"id"`
	Name       string            `json:"name,omitempty"`
	Names      map[string]string `json:"names,omitempty"`
	Types      []string          `json:"types,omitempty"`
	Frameworks []string          `json:"frameworks,omitempty"`
	From       string            `json:"from,omitempty"`
	Until      string            `json:"until,omitempty"`
	Keep       bool              `json:"keep,omitempty"`
	By         string            `json:"by,omitempty"`
	Successor  string            `json:"successor,omitempty"`
	Refused    []string          `json:"refused_keys,omitempty"`
	StatusBy   []string          `json:"status_by,omitempty"`
	Delegates  bool              `json:"delegates,omitempty"`
	Note       string            `json:"note,omitempty"`
}

func newTrust(t terminal) *cobra.Command {
	return group(&cobra.Command{
		Use: "trust", Short: "Say whom you believe, and publish that for others",
		Long: `A trust list says which issuers are believed, for what, since when and until when. The verifier reads the file that the
setting --trust names; the commands below write that file. docs/operate.md describes its form.`,
	}, withJSON(newTrustShow(t)), newTrustAdd(t), newTrustFollow(t), newTrustRemove(t), newTrustDiff(t), newTrustSign(t), newTrustPublish(t))
}

// trustPath is the file that the commands work on.
func trustPath(cfg config.Config, args []string) (string, error) {
	switch {
	case len(args) > 0:
		return args[0], nil
	case cfg.Trust != "":
		return cfg.Trust, nil
	}
	return "", fault.New(fault.Invalid, nil, "there is no trust list file to work on").Code("trust.file").
		Hint("name it: --trust trust.json, or set LAUREL_TRUST")
}

// editTrust reads the list at the configured path, lets f change it, and writes it when what comes out is a list that the
// verifier reads. A file that does not exist is an empty list.
func editTrust(cmd *cobra.Command, t terminal, f func(*trustDoc) error) error {
	flag := cmd.Flags().Lookup("trust")
	path := ""
	if flag != nil && flag.Changed {
		path = flag.Value.String() // the settings refuse a file that is not there yet
		if err := flag.Value.Set(""); err != nil {
			return err
		}
		flag.Changed = false
	}
	cfg, err := settings(cmd, t)
	if err != nil {
		return err
	}
	if path, err = trustPath(cfg, slices.DeleteFunc([]string{path}, func(s string) bool { return s == "" })); err != nil {
		return err
	}
	doc, err := readTrustDoc(path)
	if err != nil {
		return err
	}
	if err := f(&doc); err != nil {
		return err
	}
	return doc.write(path)
}

func readTrustDoc(path string) (trustDoc, error) {
	var doc trustDoc
	data, err := os.ReadFile(filepath.Clean(path))
	if errors.Is(err, fs.ErrNotExist) {
		return doc, nil
	}
	if err != nil {
		return doc, fault.New(fault.Invalid, err, "the trust list %s cannot be read: %s", path, reason(err))
	}
	if _, err := trust.Parse(data); err != nil && !strings.Contains(string(data), `"issuers": []`) {
		return doc, err
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil || doc.Issuers == nil {
		return doc, fault.New(fault.Invalid, err, "%s is a trust list in another form than the commands write", path).Code("trust.form").
			Hint(`add the line yourself, or begin a new file with "laurel trust add --trust new.json"`)
	}
	return doc, nil
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".laurel-*")
	if err != nil {
		return fault.New(fault.Unavailable, err, "%s cannot be written: %s", path, reason(err))
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fault.New(fault.Unavailable, err, "%s cannot be written: %s", path, reason(err))
	}
	return nil
}

func newTrustAdd(t terminal) *cobra.Command {
	var e trustEntry
	cmd := &cobra.Command{
		Use: "add ISSUER", Short: "Believe an issuer, or change what it is believed for", Args: exactly(1, "the DID or https address of one issuer"),
		Long: `Believe an issuer. An entry of the same issuer whose time has not ended is replaced; ended ones stay, as history. One whose
name or id reads like that of somebody else is added only with --sure.`,
		Example: `  laurel trust add did:web:university.example --name "University" --types Course,MasterDegree --from 2020-01-01 --trust trust.json
  laurel trust add did:web:closed.example --until 2024-06-30 --keep --successor did:web:heir.example`,
	}
	f := cmd.Flags()
	f.StringVar(&e.Name, "name", "", "what you call it")
	names := f.StringToString("names", nil, "the same in other languages: fr=…,ar=…")
	f.StringSliceVar(&e.Types, "types", nil, "types of achievements that it is believed for (default: all)")
	f.StringSliceVar(&e.Frameworks, "frameworks", nil, "frameworks to which its achievements must be aligned (default: any, or none)")
	f.StringVar(&e.From, "from", "", "first day, or moment")
	f.StringVar(&e.Until, "until", "", "last day, or moment")
	f.BoolVar(&e.Keep, "keep", false, "what was issued up to --until stays believed")
	f.StringVar(&e.By, "by", "", "who says so, such as an accreditation body")
	f.StringVar(&e.Successor, "successor", "", "the issuer that goes on with its work")
	f.StringSliceVar(&e.Refused, "refuse-key", nil, "id of a key of the issuer that may not be used")
	f.StringSliceVar(&e.StatusBy, "status-by", nil, "who else may keep its status lists")
	f.BoolVar(&e.Delegates, "delegates", false, "whom it endorses is believed too")
	f.StringVar(&e.Note, "note", "", "a note for yourself")
	sure := f.Bool("sure", false, "add it although it reads like somebody else: you have compared the id letter by letter")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e.ID, e.Names = args[0], *names
		var doubts []trust.Doubt
		err := editTrust(cmd, t, func(doc *trustDoc) error {
			doubts = doc.doubts(e)
			if i := slices.IndexFunc(doubts, grave); i >= 0 && !*sure && did.Check(e.ID) == nil {
				return fault.New(fault.Invalid, nil, "%s", doubts[i].Detail).Code(doubts[i].Code).
					Hint("compare the id letter by letter with one that you know from elsewhere, and say --sure")
			}
			return doc.believe(e, time.Now())
		})
		if err != nil {
			return err
		}
		say(t.out, "Believed: %s\n", plain(e.ID))
		for _, d := range doubts {
			say(t.err, "! %s [%s]\n", plain(d.Detail), d.Code)
		}
		return nil
	}
	return cmd
}

func newTrustFollow(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "follow URL", Short: "Believe whom a signed list of somebody else believes", Args: exactly(1, "the https address of one signed list"),
		Example: `  laurel trust follow https://ministry.example/issuers/ministry/trust-list.jwt --signer did:web:ministry.example`,
	}
	signer := cmd.Flags().String("signer", "", "DID of the one who signs the list (required)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := editTrust(cmd, t, func(doc *trustDoc) error {
			doc.Lists = slices.DeleteFunc(doc.Lists, func(l trustRef) bool { return l.URL == args[0] })
			doc.Lists = append(doc.Lists, trustRef{args[0], *signer})
			if doc.Issuers == nil {
				doc.Issuers = []trustEntry{}
			}
			return nil
		})
		if err == nil {
			say(t.out, "Followed: %s\n", plain(args[0]))
		}
		return err
	}
	return required(cmd, "signer")
}

func newTrustRemove(t terminal) *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove ISSUER|URL", Short: "End the trust in an issuer now, or stop to follow a list", Args: exactly(1, "one issuer or the address of one list"),
		Long: `End the trust in an issuer. The entry stays with today as its end, so that "trusted when it was issued" keeps an answer;
--erase takes it out as if it had never been there.`,
	}
	erase := cmd.Flags().Bool("erase", false, "take the entry out altogether")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		followed := 0
		err := editTrust(cmd, t, func(doc *trustDoc) error {
			before := len(doc.Lists)
			followed = before
			if doc.Lists = slices.DeleteFunc(doc.Lists, func(l trustRef) bool { return l.URL == args[0] }); len(doc.Lists) < before {
				followed = 0
				return nil
			}
			if *erase {
				return doc.erase(args[0])
			}
			return doc.disbelieve(args[0], time.Now())
		})
		if err != nil {
			return err
		}
		say(t.out, "No longer believed: %s\n", plain(args[0]))
		if followed > 0 {
			say(t.err, "! %d lists that you follow may go on believing it: laurel trust show\n", followed)
		}
		return nil
	}
	return cmd
}

func newTrustShow(t terminal) *cobra.Command {
	return &cobra.Command{
		Use: "show [FILE]", Short: "Show a trust list, and what became of the lists that it follows", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := settings(cmd, t)
			if err != nil {
				return err
			}
			path, err := trustPath(cfg, args)
			if err != nil {
				return err
			}
			cfg.Trust = path
			v, err := readBook(cmd.Context(), cfg, t)
			if err != nil {
				return err
			}
			return show(cmd, t, v, v.print)
		},
	}
}

// bookView is a trust list with those that it follows.
type bookView struct {
	Issuers []trust.Entry  `json:"issuers"`
	Lists   []followedView `json:"lists"`
	Doubts  []doubtView    `json:"doubts,omitempty"`
}

// doubtView is what is odd about an entry of the list.
type doubtView struct {
	ID     string `json:"id"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type followedView struct {
	URL     string     `json:"url"`
	Signer  string     `json:"signer"`
	Usable  bool       `json:"usable"`
	Issuers int        `json:"issuers"`
	Expires *time.Time `json:"expires,omitempty"`
	Problem string     `json:"problem,omitempty"`
}

func readBook(ctx context.Context, cfg config.Config, t terminal) (bookView, error) {
	file, err := newTrustFile(cfg.Trust, logger(cfg, t.err))
	if err != nil {
		return bookView{}, err
	}
	v := bookView{Issuers: file.current().Entries(), Lists: []followedView{}}
	for _, e := range v.Issuers {
		for _, d := range doubtsOf(e, v.Issuers) {
			v.Doubts = append(v.Doubts, doubtView{e.ID, d.Code, d.Detail})
		}
	}
	resolver, guarded := outside(cfg)
	book := trust.NewBook(trust.Config{Root: file.current, Fetch: guarded, Keys: resolver})
	for _, f := range book.Followed(ctx) {
		l := followedView{URL: f.URL, Signer: f.Issuer, Usable: f.Err == nil}
		if f.Err == nil {
			l.Issuers, l.Expires = f.List.List.Len(), &f.List.Expires
		} else {
			l.Problem = fault.AsDefect(f.Err).Detail
		}
		v.Lists = append(v.Lists, l)
	}
	return v, nil
}

func (v bookView) print(w io.Writer) {
	for _, e := range v.Issuers {
		say(w, "%s  %s%s\n", plain(e.ID), plain(e.Name), span(e))
	}
	for _, l := range v.Lists {
		if l.Usable {
			say(w, "follows %s: %d issuers, until %s, signed by %s\n", plain(l.URL), l.Issuers, l.Expires.Format(time.RFC3339), plain(l.Signer))
		} else {
			say(w, "follows %s: CANNOT BE USED, nobody on it is believed: %s\n", plain(l.URL), plain(l.Problem))
		}
	}
	for _, d := range v.Doubts {
		say(w, "! %s: %s [%s]\n", plain(d.ID), plain(d.Detail), d.Code)
	}
}

func span(e trust.Entry) string {
	out := ""
	if len(e.Types) > 0 {
		out += "  for " + strings.Join(e.Types, ", ")
	}
	if !e.From.IsZero() {
		out += "  from " + moments(e.From)
	}
	if !e.Until.IsZero() {
		out += "  until " + moments(e.Until)
	}
	return plain(out)
}

// moments writes a day as such, and any other moment to the second.
func moments(at time.Time) string {
	at = at.UTC()
	if day := at.Format(time.DateOnly); at.Equal(moment(day, 0)) || at.Equal(moment(day, 24*time.Hour).Add(-time.Nanosecond)) {
		return day
	}
	return at.Format(time.RFC3339)
}

func newTrustDiff(t terminal) *cobra.Command {
	return &cobra.Command{
		Use: "diff OLD NEW", Short: "Say who is added, removed and changed between two lists, signed or not", Args: exactly(2, "two files"),
		RunE: func(_ *cobra.Command, args []string) error {
			var lists [2]map[string]string
			for i, path := range args {
				entries, err := entriesOf(path)
				if err != nil {
					return err
				}
				lists[i] = entries
			}
			same := true
			for _, id := range slices.Sorted(allKeys(lists[0], lists[1])) {
				before, after := lists[0][id], lists[1][id]
				switch {
				case before == after:
					continue
				case before == "":
					say(t.out, "+ %s\n", plain(after))
				case after == "":
					say(t.out, "- %s\n", plain(before))
				default:
					say(t.out, "~ %s\n  %s\n", plain(before), plain(after))
				}
				same = false
			}
			if same {
				sayln(t.out, "They say the same.")
			}
			return nil
		},
	}
}

// allKeys yields the keys of both maps, each once.
func allKeys(a, b map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range a {
			if !yield(k) {
				return
			}
		}
		for k := range b {
			if _, both := a[k]; !both && !yield(k) {
				return
			}
		}
	}
}

// entriesOf describes each issuer of a list, and each list that it follows, in one line. The signature of a signed list is not looked at: it is compared.
func entriesOf(path string) (map[string]string, error) {
	data, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, fault.New(fault.Invalid, err, "%s cannot be read: %s", path, reason(err))
	}
	var l *trust.List
	if trust.IsSigned(data) {
		s, err := trust.ReadSigned(data)
		if err != nil {
			return nil, err
		}
		l = s.List
	} else if l, err = trust.Parse(data); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, e := range l.Entries() {
		line := describeEntry(e)
		if out[e.ID] != "" {
			line = out[e.ID] + " | " + line
		}
		out[e.ID] = line
	}
	for _, r := range l.Follows() {
		out[r.URL] = "list " + r.URL + "  signed by " + r.Issuer
	}
	return out, nil
}

// describeEntry says everything that an entry says, in one line: what is compared must not differ unseen.
func describeEntry(e trust.Entry) string {
	line := e.ID + "  " + e.Name
	for _, lang := range slices.Sorted(maps.Keys(e.Names)) {
		line += "  " + lang + ": " + e.Names[lang]
	}
	line += span(e)
	for _, part := range [...]struct {
		word string
		says []string
	}{
		{"in", e.Frameworks}, {"by", one(e.By)}, {"succeeded by", one(e.Successor)}, {"lists kept by", e.StatusBy}, {"refuses", e.Refused}, {"note:", one(e.Note)},
	} {
		for _, s := range part.says {
			line += "  " + part.word + " " + s
		}
	}
	if e.Keep {
		line += "  keep"
	}
	if e.Delegates {
		line += "  delegates"
	}
	return line
}

// one is a list of what there is.
func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// signing are the flags of signing a list.
type signing struct {
	issuer, url, out string
	days             int
}

func (s *signing) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.issuer, "issuer", "", "who signs: id, slug or DID; may be left out when there is one issuer")
	f.IntVar(&s.days, "days", 30, "days for which the list holds; publish it anew before they are over")
}

// sign signs the configured list as an issuer of this deployment, for that address.
func (s *signing) sign(ctx context.Context, a *app) (signed []byte, issuerID string, issued time.Time, err error) {
	if s.days < 1 || s.days > 400 {
		return nil, "", issued, fault.New(fault.Invalid, nil, "--days is 1 to 400").Code("trust.days")
	}
	path, err := trustPath(a.cfg, nil)
	if err != nil {
		return nil, "", issued, err
	}
	plainList, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, "", issued, fault.New(fault.Invalid, err, "%s cannot be read: %s", path, reason(err))
	}
	i, err := a.catalog.Issuer(ctx, s.issuer)
	if err != nil {
		return nil, "", issued, err
	}
	key, err := a.keys.For(signlog.TrustList).Signer(ctx, i.ID, keys.Algorithm(i.Algorithm))
	if err != nil {
		return nil, "", issued, err
	}
	if s.url == "" {
		s.url = a.base + "/issuers/" + i.Slug + "/trust-list.jwt"
	}
	issued = time.Now().UTC().Truncate(time.Second)
	signed, err = trust.Sign(plainList, key, s.url, issued, issued.AddDate(0, 0, s.days))
	return signed, i.ID, issued, err
}

func newTrustSign(t terminal) *cobra.Command {
	var s signing
	cmd := &cobra.Command{
		Use: "sign", Short: "Sign the list, for any web server to publish", Args: exactly(0, "flags only"),
		Example: `  laurel trust sign --issuer ministry --url https://ministry.example/trust.jwt --out trust.jwt`,
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&s.url, "url", "", "address at which the signed list will stand (required); it is signed too")
	cmd.Flags().StringVar(&s.out, "out", "", "file to write (default: standard output)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withApp(cmd, t, func(a *app) error {
			signed, _, _, err := s.sign(cmd.Context(), a)
			if err != nil {
				return err
			}
			if s.out == "" {
				sayln(t.out, string(signed))
				return nil
			}
			return replaceFile(s.out, append(signed, '\n'))
		})
	}
	return required(cmd, "url")
}

func newTrustPublish(t terminal) *cobra.Command {
	var s signing
	cmd := &cobra.Command{
		Use: "publish", Short: "Sign the list and publish it at this deployment", Args: exactly(0, "flags only"),
		Long: `Sign the list as one of this deployment's issuers and serve it. Others follow it with "laurel trust follow". What was
published before is kept; the newest counts.`,
	}
	s.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return withApp(cmd, t, func(a *app) error {
			signed, issuerID, issued, err := s.sign(cmd.Context(), a)
			if err != nil {
				return err
			}
			id, err := randid.New(rand.Reader)
			if err != nil {
				return err
			}
			e := event.Event{ID: "evt_" + id, At: issued, Actor: actorCLI, Action: "trust.published", IssuerID: issuerID, Subject: s.url}
			if err := a.store.InsertTrustList(cmd.Context(), issuerID, issued, signed, e); err != nil {
				return err
			}
			say(t.out, "Published: %s\nIt holds until %s; publish it anew before.\n", s.url, issued.AddDate(0, 0, s.days).Format(time.DateOnly))
			return nil
		})
	}
	return cmd
}
