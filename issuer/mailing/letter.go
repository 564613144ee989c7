package mailing

import (
	"context"
	"fmt"
	"html"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/learner"
	"github.com/openlaurel/laurel/issuer/offer"
)

// letter writes a mail; drop says why it is not needed any more. The link in it is made anew each time and stored as a hash, so
// that no queue and no log ever holds one.
func (s *Service) letter(ctx context.Context, m Mail) (l Letter, drop string, err error) {
	a, err := s.c.Awards.Find(ctx, m.AwardID)
	if err != nil {
		return l, "", fmt.Errorf("mail %s: %w", m.ID, err)
	}
	if drop, err = s.stale(ctx, m, a); drop != "" || err != nil {
		return l, drop, err
	}
	w, err := s.writing(ctx, m.Kind, a)
	if err != nil {
		return l, "", fmt.Errorf("mail %s: %w", m.ID, err)
	}
	secret, link, err := s.c.Links.Invite(ctx, a.ID, 0, learner.ByMail)
	if err != nil {
		return l, "", fmt.Errorf("mail %s: %w", m.ID, err)
	}
	w.link, w.until = s.c.BaseURL+"/my/"+secret, w.t.Date(link.ExpiresAt)
	if m.Kind != NewLink {
		w.stop = s.c.BaseURL + "/mail/stop/" + a.ID + "/" + s.stopKey(a.ID)
	}
	return w.letter(m.ID), "", nil
}

// Offer writes the mail that brings a claim link to its learner, for somebody else to send; with says what comes with it. An award
// whose learner has no address is fault.Conflict.
func (s *Service) Offer(ctx context.Context, a issuer.Award, o offer.Fresh, with Enclosure) (Letter, error) {
	if a.Recipient.Email == "" {
		return Letter{}, NoAddress()
	}
	w, err := s.writing(ctx, offered, a)
	if err != nil {
		return Letter{}, fmt.Errorf("mail about %s: %w", a.ID, err)
	}
	w.link, w.until = s.c.BaseURL+"/claim/"+o.Code, w.t.Date(o.Offer.ExpiresAt)
	w.guarded, w.enclosed = o.TxCode != "", with == Badge
	return w.letter(o.Offer.ID), nil
}

// NoAddress is the error about an award whose learner has no e-mail address.
func NoAddress() error {
	return fault.New(fault.Conflict, nil, "the learner of this award has no e-mail address").Code("mail.no_address").
		Hint("send the claim link itself, or print a slip")
}

// Enclosure is what comes with a mail that somebody else sends.
type Enclosure uint8

// The enclosures.
const (
	Nothing Enclosure = iota
	Badge             // a file that is the badge
)

// offered is the kind of such a mail, which is never queued.
const offered Kind = "offered"

// writing collects what a letter says but for its link.
func (s *Service) writing(ctx context.Context, k Kind, a issuer.Award) (writing, error) {
	by, err := s.c.Catalog.Issuer(ctx, a.IssuerID)
	if err != nil {
		return writing{}, err
	}
	ach, err := s.c.Catalog.Achievement(ctx, a.IssuerID, a.AchievementID, a.Version)
	if err != nil {
		return writing{}, err
	}
	t, err := s.c.Words(localeOf(a, ach, by))
	if err != nil {
		return writing{}, err
	}
	return writing{t: t, kind: k, award: a, achievement: ach.In(t.Locale().Tag()).Name, issuer: by.Name, minor: ach.Minors}, nil
}

func (w writing) letter(id string) Letter {
	return Letter{
		ID: id, To: w.award.Recipient.Email, Subject: plain(w.t.Text(subjectKey(w.kind), "achievement", w.achievement, "issuer", w.issuer)),
		Text: w.text(), HTML: w.html(), Lang: w.t.Locale().Tag(), Unsubscribe: w.stop,
	}
}

// localeOf is the learner's own language, else that of the achievement, else the issuer's.
func localeOf(a issuer.Award, ach catalog.Achievement, by catalog.Issuer) i18n.Locale {
	for _, tag := range [...]string{a.Recipient.Language, ach.Language, by.Language} {
		if l, ok := i18n.Parse(tag); ok {
			return l
		}
	}
	return i18n.English
}

// writing is everything that a letter says.
type writing struct {
	t                   *i18n.Translator
	kind                Kind
	award               issuer.Award
	achievement, issuer string
	minor               bool
	link, until, stop   string
	guarded, enclosed   bool // of an offer: it has a transaction code; the badge comes with the mail
}

// greeting, lines and foot are the parts of a letter, in plain words with isolated values.
func (w writing) greeting() string {
	if w.award.Recipient.Name == "" {
		return w.t.Text("mail.hello_nobody")
	}
	return w.t.Text("mail.hello", "name", w.award.Recipient.Name)
}

func (w writing) lines() []string {
	out := []string{w.t.Text(textKey(w.kind), "achievement", w.achievement, "issuer", w.issuer)}
	reason := ""
	switch {
	case w.kind == Revoked && w.award.Revocation != nil:
		reason = w.award.Revocation.Reason
	case w.kind == Suspended && w.award.Suspension != nil:
		reason = w.award.Suspension.Reason
	}
	if reason != "" {
		out = append(out, w.t.Text("mail.reason", "reason", reason))
	}
	if w.enclosed {
		out = append(out, w.t.Text("mail.enclosed"))
	}
	key := "mail.link"
	switch {
	case w.kind == offered && w.minor:
		key = "mail.claim_child"
	case w.guarded:
		key = "mail.claim_guarded"
	case w.kind == offered:
		key = "mail.claim"
	case w.minor:
		key = "mail.link_child"
	}
	if w.guarded {
		out = append(out, w.t.Text("mail.claim_code"))
	}
	return append(out, w.t.Text(key))
}

func (w writing) foot() []string {
	if w.kind == offered {
		return []string{w.t.Text("mail.claim_secret", "date", w.until), w.t.Text("mail.why", "issuer", w.issuer)}
	}
	return []string{w.t.Text("mail.secret", "date", w.until), w.t.Text("mail.why", "issuer", w.issuer)}
}

func (w writing) text() string {
	parts := append([]string{w.greeting()}, w.lines()...)
	parts = append(parts, w.link)
	parts = append(parts, w.foot()...)
	if w.stop != "" {
		parts = append(parts, w.t.Text("mail.stop")+"\n"+w.stop)
	}
	return strings.Join(parts, "\n\n") + "\n"
}

// html is the same letter with a button. Nothing in it is loaded from anywhere, and nothing tells whether it was read.
func (w writing) html() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=\"%s\" dir=\"%s\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"+
		"<title>%s</title></head>\n<body style=\"font-family: sans-serif; line-height: 1.5; max-width: 36em; margin: 1em auto; padding: 0 1em\">\n",
		w.t.Locale().Tag(), w.t.Locale().Dir(), html.EscapeString(plain(w.t.Text(subjectKey(w.kind), "achievement", w.achievement, "issuer", w.issuer))))
	fmt.Fprintf(&b, "<p>%s</p>\n", isolated(w.greeting()))
	for _, line := range w.lines() {
		fmt.Fprintf(&b, "<p>%s</p>\n", isolated(line))
	}
	fmt.Fprintf(&b, "<p><a href=\"%s\" style=\"display: inline-block; padding: .6em 1.2em; background: #1b5e42; color: #ffffff; text-decoration: none; "+
		"border-radius: .4em\">%s</a></p>\n<p dir=\"ltr\" style=\"font-size: .85em\">%[1]s</p>\n",
		html.EscapeString(w.link), html.EscapeString(w.t.Text(map[bool]string{true: "mail.claim_open", false: "mail.open"}[w.kind == offered])))
	for _, line := range w.foot() {
		fmt.Fprintf(&b, "<p style=\"font-size: .85em\">%s</p>\n", isolated(line))
	}
	if w.stop != "" {
		fmt.Fprintf(&b, "<p style=\"font-size: .85em\"><a href=\"%s\">%s</a></p>\n", html.EscapeString(w.stop), html.EscapeString(w.t.Text("mail.stop_link")))
	}
	b.WriteString("</body>\n</html>\n")
	return b.String()
}

// isolated writes a text as HTML with <bdi> in the place of the isolates of plain text.
func isolated(s string) string {
	return strings.NewReplacer("\u2068", "<bdi>", "\u2069", "</bdi>").Replace(html.EscapeString(s))
}

// plain is a text for a header: without isolates, which mail programs show as boxes, and without line ends.
func plain(s string) string {
	return strings.NewReplacer("\u2068", "", "\u2069", "", "\r", " ", "\n", " ").Replace(s)
}

// subjectKey and textKey name the words of a kind of mail.
func subjectKey(k Kind) string { return family(k) + "subject" }

func textKey(k Kind) string { return family(k) + "text" }

func family(k Kind) string {
	return map[Kind]string{
		Awarded: "mail.awarded.", offered: "mail.awarded.", Reminder: "mail.reminder.",
		Revoked: "mail.revoked.", Suspended: "mail.suspended.", Reinstated: "mail.reinstated.",
		NewLink: "mail.newlink.",
	}[k]
}
