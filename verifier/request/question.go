package request

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier"
)

// Bounds on the texts of a question.
const (
	textBytes  = 200
	idBytes    = 1024
	maxIssuers = 16
)

// check refuses what cannot be asked.
func (o Order) check() error {
	for _, f := range []struct{ at, text string }{{"/asker", o.Asker}, {"/purpose", o.Purpose}} {
		if err := sentence(f.at, f.text); err != nil {
			return err
		}
	}
	if o.Achievement != "" && !identifier(o.Achievement) {
		return invalid("/achievement", "the id of an achievement is an address or a URN")
	}
	if len(o.Issuers) > maxIssuers {
		return invalid("/issuers", "at most 16 issuers can be named")
	}
	for _, i := range o.Issuers {
		if !identifier(i) && !domain(i) {
			return invalid("/issuers", "an issuer is named by its DID, address or domain")
		}
	}
	if _, err := verifier.ParsePolicy(o.Policy); err != nil {
		return err
	}
	for i, f := range o.Formats {
		if !slices.Contains(Formats(), f) || slices.Contains(o.Formats[:i], f) {
			return invalid("/formats", "the formats are dc+sd-jwt, jwt_vc_json and ldp_vc, each at most once")
		}
	}
	for i, c := range o.Claims {
		if !slices.Contains(AllClaims(), c) || slices.Contains(o.Claims[:i], c) {
			return invalid("/claims", "the claims are name, result and evidence, each at most once")
		}
	}
	if o.ReturnTo != "" && !returnable(o.ReturnTo) {
		return invalid("/return_to", "the way back is an https address without a fragment, or http on this machine")
	}
	return o.checkWay()
}

// returnable takes an address to which a wallet may lead a browser.
func returnable(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !identifier(s) || u.Host == "" || u.User != nil || strings.Contains(s, "#") || u.Query().Has("response_code") {
		return false
	}
	loopback := u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"
	return u.Scheme == "https" || u.Scheme == "http" && loopback
}

// checkWay refuses ways of asking that there are not.
func (o Order) checkWay() error {
	if !slices.Contains([]Dialect{OpenID4VP, Legacy, VCAPI}, o.Dialect) {
		return invalid("/dialect", "the dialects are openid4vp, openid4vp-draft and vc-api")
	}
	for i, c := range o.Compatible {
		if c != Ed25519Signature2020 && c != WithoutState || (c == Ed25519Signature2020) != (o.Dialect == VCAPI) || i > 0 {
			return invalid("/compatible", "the compatibilities are ed25519-signature-2020, of the dialect vc-api, and without-state, of the others")
		}
	}
	if o.Dialect == VCAPI {
		return o.checkVCAPI()
	}
	if !slices.Contains([]Client{RedirectURI, DID, X509SAN, X509Hash}, o.Client) {
		return invalid("/client", "the clients are redirect_uri, decentralized_identifier, x509_san_dns and x509_hash")
	}
	if o.Dialect == Legacy && o.Encrypted {
		return invalid("/encrypted", "a request of the drafts is answered unencrypted")
	}
	return nil
}

// checkVCAPI refuses what an exchange of the VC-API has not: names of ours, encryption, and badges without an embedded proof.
func (o Order) checkVCAPI() error {
	switch {
	case o.Client != "":
		return invalid("/client", "in the VC-API a verifier is named by its address alone")
	case o.ReturnTo != "":
		return invalid("/return_to", "a wallet of the VC-API leads nobody back")
	case o.Encrypted:
		return invalid("/encrypted", "the VC-API has no encrypted answers")
	case len(o.Formats) > 0 && !slices.Equal(o.Formats, []Format{LDP}):
		return invalid("/formats", "wallets of the VC-API take ldp_vc only")
	}
	return nil
}

// Name is how a wallet is told who asks: first our host, which it can verify, then the words of the asker in quotation marks, which nobody
// has verified unless the asker is known here.
func (r Request) Name(host string) string {
	words := "“" + strings.NewReplacer("“", "'", "”", "'", "\"", "'").Replace(r.Asker) + "”"
	if r.Known {
		return host + ": " + words
	}
	return host + " (" + words + ", not verified)"
}

// sentence takes a text of one line that a stranger will read in a wallet.
func sentence(at, text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return invalid(at, "the holder of the badge reads who asks and why")
	case len(text) > textBytes || !utf8.ValidString(text):
		return invalid(at, "a text of at most 200 bytes is expected")
	case strings.ContainsFunc(text, hidden):
		return invalid(at, "the text has characters that cannot be seen")
	}
	return nil
}

// hidden tells what a reader does not see and what turns a text around; the joiners that words of some scripts need are none.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d'
}

// identifier takes an absolute URI.
func identifier(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && len(s) <= idBytes && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// domain takes a host name.
func domain(s string) bool {
	return strings.Contains(s, ".") && len(s) <= 253 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-'
	})
}

func invalid(at, text string) error {
	return fault.New(fault.Invalid, nil, "%s", text).Code("request.invalid").At(at)
}
