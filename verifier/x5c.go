package verifier

import (
	"context"
	"crypto/x509"
	"net"
	"net/url"
	"strings"

	"github.com/openlaurel/laurel/internal/did"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/limits"
)

// certified checks a chain (x5c) against the authorities of the configuration, and its first certificate against the host that
// the issuer is tied to (SD-JWT VC §5, RFC 5280). A chain that nobody vouches for proves nothing about the issuer named.
func (r *run) certified(chain []*x509.Certificate) *fault.Defect {
	domain := did.Domain(r.cred.IssuerID)
	if domain == "" {
		return fault.Unclear("binding.x5c_issuer", "/x5c", nil, "The issuer is tied to no host that a certificate could be for.")
	}
	host := domain
	if h, _, err := net.SplitHostPort(domain); err == nil {
		host = h
	}
	if err := chain[0].VerifyHostname(host); err != nil || chain[0].IsCA {
		return fault.Wrong("binding.x5c_host", "/x5c", "The certificate is not for the issuer's host (%.120q).", host)
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		DNSName: host, Roots: r.v.anchors, Intermediates: between, CurrentTime: r.at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return fault.Unclear("binding.x5c_untrusted", "/x5c", err, "No authority that this verifier relies on vouches for the certificate of the key.")
	}
	return nil
}

// metadata fetches the JWT VC Issuer Metadata of an https issuer (SD-JWT VC §5): its keys, in it or at an address of the same
// origin. What cannot be fetched is Unknown.
func (r *run) metadata(ctx context.Context, issuer string) (*did.Document, *fault.Defect) {
	const place = "/.well-known/jwt-vc-issuer"
	u, err := url.Parse(issuer)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, fault.Wrong("did.syntax", "/iss", "the issuer is no https address")
	}
	at := "https://" + u.Host + place + strings.TrimSuffix(u.EscapedPath(), "/")
	if !r.mayAsk(ctx, at) {
		return nil, r.notAsked("/iss")
	}
	res, err := r.v.fetch.Get(ctx, at, "application/json")
	if err != nil {
		return nil, fault.Unclear("did.unreachable", at, err, "The issuer's metadata could not be fetched: %s", fault.AsDefect(err).Detail)
	}
	doc, err := ijson.Parse(res.Body, ijson.Bounds{Bytes: limits.FetchBytes})
	if err != nil || doc.Kind() != ijson.Object {
		return nil, fault.Unclear("did.malformed", at, err, "What stands at the address of the issuer's metadata is no JSON object.")
	}
	if got := doc.Member("issuer").Text(); got != issuer {
		return nil, fault.Wrong("did.mismatch", at, "the metadata that was found is about %.120q", got)
	}
	set, inside := doc.Get("jwks")
	link, outside := doc.Get("jwks_uri")
	switch {
	case inside == outside:
		return nil, fault.Unclear("did.malformed", at, nil, "The issuer's metadata has its keys neither inside nor at one address.")
	case inside:
		return keySet(issuer, at, ijson.Append(nil, set))
	}
	if k, err := url.Parse(link.Text()); err != nil || k.Scheme != "https" || k.Host != u.Host || !r.mayAsk(ctx, link.Text()) {
		return nil, fault.Wrong("did.mismatch", at, "the issuer's keys stand at another origin than the issuer")
	}
	res, err = r.v.fetch.Get(ctx, link.Text(), "application/jwk-set+json, application/json;q=0.9")
	if err != nil {
		return nil, fault.Unclear("did.unreachable", link.Text(), err, "The issuer's keys could not be fetched: %s", fault.AsDefect(err).Detail)
	}
	return keySet(issuer, link.Text(), res.Body)
}

func keySet(issuer, at string, body []byte) (*did.Document, *fault.Defect) {
	doc, err := did.ParseKeySet(issuer, body)
	if err != nil {
		return nil, fault.AsDefect(err)
	}
	doc.Source = at
	return doc, nil
}

// metadataKey finds a key in the issuer's metadata: the one of that name, or without a name the only one.
func (r *run) metadataKey(ctx context.Context, issuer, kid string) (keys.Public, *fault.Defect) {
	doc, d := r.metadata(ctx, issuer)
	if d != nil {
		return keys.Public{}, d
	}
	r.shown = doc
	if kid == "" {
		m, d := only(doc)
		return m.Key, d
	}
	m, err := doc.Find(kid)
	if err != nil {
		return keys.Public{}, fault.AsDefect(err)
	}
	return m.Key, nil
}
