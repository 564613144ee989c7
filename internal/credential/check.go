package credential

import (
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
)

// Problems returns every rule of the data model that c breaks: VCDM 2.0 §4 (or VCDM 1.1) for any credential and OB 3.0 for
// badges, as far as no key, no clock and no network is needed. What is wrong has vc.malformed and the JSON pointer,
// unless a closer code exists (context.…, time.…, status.empty, ob.subject, vc.language, json.member_case, limits.…). A
// context that is not embedded is Unknown, not wrong. Package schemas looks at the shape of every class besides.
func (c *Credential) Problems() []*fault.Defect {
	k := checker{c: c}
	k.memberCase()
	k.ambiguous()
	k.contexts()
	k.types()
	k.identity()
	k.subjects()
	k.times()
	k.status()
	k.attachments()
	k.texts("", c.Doc)
	if c.Issuer.Kind() == ijson.Object {
		k.texts("/issuer", c.Issuer)
	}
	return k.out
}

type checker struct {
	c   *Credential
	out []*fault.Defect
}

func (k *checker) wrong(code, at, format string, args ...any) {
	k.out = append(k.out, fault.Wrong(code, at, format, args...))
}

func (k *checker) malformed(at, format string, args ...any) {
	k.wrong("vc.malformed", at, format, args...)
}

// badge reports whether the rules of OB 3.0 for achievement credentials hold.
func (k *checker) badge() bool { return k.c.isBadge() }

// openBadges reports whether c is of any of the types of OB 3.0 and CLR 2.0.
func (k *checker) openBadges() bool { return k.c.OfOpenBadges() }

// memberCase looks for members that a careless reader would take for others: a name that is equal under Unicode case
// folding to one that the checks read, but not byte for byte. Deeper down, package schemas does the same.
func (k *checker) memberCase() {
	names := []string{
		"@context", "id", "type", "issuer", "credentialSubject", "validFrom", "validUntil", "issuanceDate", "expirationDate",
		"credentialStatus", "credentialSchema", "proof", "name", "description", "evidence", "refreshService", "termsOfUse", "vc",
	}
	for _, m := range k.c.Doc.Members() {
		if like := lookalike(m.Name, names); like != "" {
			k.wrong("json.member_case", ijson.Pointer("", m.Name), "%.40q differs from %q only in case", m.Name, like)
		}
	}
	for i, s := range k.c.Subjects {
		k.nodeCase(k.subjectAt(i), s)
	}
	k.nodeCase("/issuer", k.c.Issuer)
	for _, s := range k.c.Status {
		k.nodeCase(s.At, s.Doc, "statusListIndex", "statusListCredential", "statusPurpose", "statusSize")
	}
}

func (k *checker) nodeCase(at string, node ijson.Value, more ...string) {
	names := append(more, "id", "type", "name")
	for _, m := range node.Members() {
		if like := lookalike(m.Name, names); like != "" {
			k.wrong("json.member_case", ijson.Pointer(at, m.Name), "%.40q differs from %q only in case", m.Name, like)
		}
	}
}

func lookalike(name string, known []string) string {
	if slices.Contains(known, name) {
		return ""
	}
	plain := isASCII(name)
	for _, n := range known {
		if (len(n) == len(name) || !plain) && strings.EqualFold(name, n) {
			return n
		}
	}
	return ""
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// ambiguous refuses a document that says two things: a claim vc (VC-JWT of VCDM 1.1) beside a credential at the top, or
// members of both versions of the data model.
func (k *checker) ambiguous() {
	doc := k.c.Doc
	if _, nested := doc.Get("vc"); nested {
		for _, name := range []string{"@context", "type", "issuer", "credentialSubject", "validFrom"} {
			if _, both := doc.Get(name); both {
				k.wrong("vc.ambiguous", "/vc", "there is a credential in the claim vc and another beside it")
				break
			}
		}
	}
	foreign := []string{"issuanceDate", "expirationDate"}
	if k.c.Version == V1 {
		foreign = []string{"validFrom", "validUntil"}
	}
	for _, name := range foreign {
		if _, ok := doc.Get(name); ok && k.c.Version != UnknownVersion {
			k.wrong("vc.version", ijson.Pointer("", name), "%s is not of version %s of the data model", name, k.c.Version)
		}
	}
}

func (k *checker) types() {
	v := k.c.Doc.Member("type")
	if v.Kind() != ijson.String && v.Kind() != ijson.Array {
		k.malformed("/type", "a credential names its types; this is %s", v.Kind())
		return
	}
	for i, item := range v.Items() {
		if item.Text() == "" {
			k.malformed(ijson.Index("/type", i), "a type is a text")
		}
	}
	if !k.c.HasType("VerifiableCredential") {
		k.malformed("/type", `"VerifiableCredential" is not among the types`)
	}
}

// identity checks id and issuer (VCDM 2.0 §4.4, §4.7).
func (k *checker) identity() {
	if id, ok := k.c.Doc.Get("id"); ok {
		k.url("/id", id)
	}
	switch k.c.Issuer.Kind() {
	case ijson.String:
		k.url("/issuer", k.c.Issuer)
	case ijson.Object:
		k.url("/issuer/id", k.c.Issuer.Member("id"))
	default:
		k.malformed("/issuer", "a credential names its issuer by URL or by an object with an id")
	}
}

// subjects checks credentialSubject (VCDM 2.0 §4.8; OB 3.0 §AchievementSubject: id or identifier).
func (k *checker) subjects() {
	if k.c.Doc.Member("credentialSubject").Kind() == ijson.Array && len(k.c.Subjects) > limits.Subjects {
		k.wrong("limits.subjects", "/credentialSubject", "%d subjects, at most %d are taken", len(k.c.Subjects), limits.Subjects)
		return
	}
	if len(k.c.Subjects) == 0 {
		k.malformed("/credentialSubject", "a credential has a subject")
	}
	for i, s := range k.c.Subjects {
		at := k.subjectAt(i)
		if s.Kind() != ijson.Object || len(s.Members()) == 0 {
			k.malformed(at, "a subject is an object that says something")
			continue
		}
		id, hasID := s.Get("id")
		if hasID {
			k.url(at+"/id", id)
		}
		if k.needsRecipient(s) && !hasID && len(s.Member("identifier").Items()) == 0 {
			k.wrong("ob.subject", at, "the subject has neither an id nor an identifier")
		}
	}
}

func (k *checker) needsRecipient(subject ijson.Value) bool {
	return k.badge() || slices.Contains(subject.Member("type").Texts(), "ClrSubject")
}

func (k *checker) subjectAt(i int) string {
	if k.c.Doc.Member("credentialSubject").Kind() == ijson.Array {
		return ijson.Index("/credentialSubject", i)
	}
	return "/credentialSubject"
}

// times checks that times are dateTimeStamps (VCDM 2.0 §4.9) and in order.
func (k *checker) times() {
	from, until := "validFrom", "validUntil"
	if k.c.Version == V1 {
		from, until = "issuanceDate", "expirationDate"
		if _, ok := k.c.Doc.Get(from); !ok {
			k.malformed("/"+from, "version 1.1 of the data model asks for an issuanceDate")
		}
	}
	for _, name := range []string{from, until, "awardedDate"} {
		v, ok := k.c.Doc.Get(name)
		if !ok {
			continue
		}
		if _, err := ParseTime(v.Text()); err != nil {
			k.wrong("time.syntax", "/"+name, "%s", fault.AsDefect(err).Detail)
		}
	}
	if !k.c.From.IsZero() && !k.c.Until.IsZero() && k.c.Until.Before(k.c.From) {
		k.wrong("time.range", "/"+until, "the credential ends before it begins")
	}
}

// status checks credentialStatus (VCDM 2.0 §4.10).
func (k *checker) status() {
	v, ok := k.c.Doc.Get("credentialStatus")
	switch {
	case !ok:
		return
	case v.Kind() == ijson.Array && len(v.Elems()) == 0:
		k.wrong("status.empty", "/credentialStatus", "there is a list of status entries and it is empty")
		return
	case len(k.c.Status) > limits.StatusEntries:
		k.wrong("limits.status", "/credentialStatus", "%d status entries, at most %d are taken", len(k.c.Status), limits.StatusEntries)
		return
	}
	for _, s := range k.c.Status {
		k.typed(s.At, s.Doc, optionalID)
	}
}

type idRule uint8

const (
	optionalID idRule = iota
	requiredID
)

// attachments checks the entries of the other extension points (VCDM 2.0 §4.11, §5.3 to §5.6) and the shape of proofs.
func (k *checker) attachments() {
	k.entries("credentialSchema", requiredID)
	for _, name := range []string{"refreshService", "termsOfUse", "evidence", "proof"} {
		k.entries(name, optionalID)
	}
	k.related()
}

func (k *checker) entries(name string, rule idRule) {
	v, ok := k.c.Doc.Get(name)
	if !ok {
		return
	}
	if v.Kind() != ijson.Array {
		k.typed("/"+name, v, rule)
		return
	}
	for i, e := range v.Elems() {
		k.typed(ijson.Index("/"+name, i), e, rule)
	}
}

// typed checks an object that must say its type and may or must have a URL as id.
func (k *checker) typed(at string, v ijson.Value, rule idRule) {
	if v.Kind() != ijson.Object {
		k.malformed(at, "an object with a type is expected, this is %s", v.Kind())
		return
	}
	t := v.Member("type")
	if len(t.Texts()) == 0 || len(t.Texts()) != len(t.Items()) {
		k.malformed(at+"/type", "a type is missing or is not a text")
	}
	if id, ok := v.Get("id"); ok || rule == requiredID {
		k.url(at+"/id", id)
	}
}

func (k *checker) url(at string, v ijson.Value) {
	if !v.IsString() || !isURL(v.Text()) {
		k.malformed(at, "a URL is expected here")
	}
}

// isURL reports whether s is an absolute URL: a scheme, a colon and more, without characters that no URL has. A scheme of
// the web needs a host. It is no judgement on whether the URL is safe to follow.
func isURL(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || rest == "" || !isScheme(scheme) {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f || strings.IndexByte("<>\"{}|\\^`", s[i]) >= 0 {
			return false
		}
	}
	if strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http") {
		host, isAbsolute := strings.CutPrefix(rest, "//")
		return isAbsolute && host != "" && strings.IndexByte("/?#:", host[0]) < 0
	}
	return true
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		letter := 'a' <= c && c <= 'z'
		if !letter && (i == 0 || !digit(s[i]) && strings.IndexByte("+-.", s[i]) < 0) {
			return false
		}
	}
	return s != ""
}
