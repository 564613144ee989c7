package openid4vp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/request"
)

// certify gives the clinic's key a certificate for a host under an authority of its own, and returns the authority.
func (d *desk) certify(host string) *x509.CertPool {
	d.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		d.t.Fatal(err)
	}
	certificate := func(template, above *x509.Certificate, public any) *x509.Certificate {
		template.NotBefore, template.NotAfter = d.Clock().Add(-time.Hour), d.Clock().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, template, above, public, key)
		if err != nil {
			d.t.Fatal(err)
		}
		out, err := x509.ParseCertificate(der)
		if err != nil {
			d.t.Fatal(err)
		}
		return out
	}
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign}
	root = certificate(root, root, key.Public())
	leaf := certificate(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}}, root,
		d.clinic.Key(keys.ES256).Public().Key)
	d.chain = [][]byte{leaf.Raw}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	return pool
}

// x509_san_dns and x509_hash: the request object is signed by the certificate's key, which a wallet follows to the authority; and
// the answer is made for the whole client identifier.
func TestRequestsUnderACertificate(t *testing.T) {
	for client, want := range map[request.Client]func(der []byte) string{
		request.X509SAN: func([]byte) string { return "x509_san_dns:clinic.example" },
		request.X509Hash: func(der []byte) string {
			sum := sha256.Sum256(der)
			return "x509_hash:" + base64.RawURLEncoding.EncodeToString(sum[:])
		},
	} {
		for _, format := range request.Formats() {
			t.Run(string(client)+" "+string(format), func(t *testing.T) {
				d := newDesk(t)
				anchors := d.certify("clinic.example")
				o := order()
				o.Client = client
				if err := d.api.Usable(t.Context(), o); err != nil {
					t.Fatal(err)
				}
				r, f := d.ask(o), request.CrossDevice
				link, err := d.api.Link(t.Context(), r.Request, f)
				if err != nil || !strings.Contains(link, strings.ReplaceAll(want(d.chain[0]), ":", "%3A")) {
					t.Errorf("%s %v", link, err)
				}
				d.underCertificate(r, f, anchors, want(d.chain[0]))
				if got := d.post(r, f, d.form(r, f, d.good(r, f, format))); got.status != http.StatusOK {
					t.Fatalf("%+v", got)
				}
				if v := d.see(r, ""); v.Outcome == nil || v.Outcome.Verdict != verifier.Valid {
					t.Errorf("%+v", v.Outcome)
				}
			})
		}
		t.Run(string(client)+": aud without the prefix", func(t *testing.T) {
			d := newDesk(t)
			d.certify("clinic.example")
			o := order()
			o.Client = client
			r, f := d.ask(o), request.CrossDevice
			b := d.binding(r, f)
			_, b.Audience, _ = strings.Cut(b.Audience, ":")
			got := d.post(r, f, d.form(r, f, map[string]any{"badge-sd-jwt": []any{d.bound(d.selective(d.badge()), b)}}))
			d.refusedWith(r, got, "vp.aud")
		})
	}
}

// underCertificate does what a wallet does with a request object under a certificate.
func (d *desk) underCertificate(r asked, f request.Flow, anchors *x509.CertPool, client string) {
	d.t.Helper()
	text := d.do(http.MethodGet, "/openid4vp/"+r.ID+"/"+string(f)+"/request", nil).Body.String()
	head, err := base64.RawURLEncoding.DecodeString(text[:strings.IndexByte(text, '.')])
	if err != nil {
		d.t.Fatal(err)
	}
	var header struct {
		Type  string   `json:"typ"`
		KeyID string   `json:"kid"`
		Chain [][]byte `json:"x5c"`
	}
	if err := json.Unmarshal(head, &header); err != nil || header.Type != "oauth-authz-req+jwt" || header.KeyID != "" || len(header.Chain) != 1 {
		d.t.Fatalf("%s %v", head, err)
	}
	leaf, err := x509.ParseCertificate(header.Chain[0])
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{CurrentTime: d.Clock(), Roots: anchors, DNSName: "clinic.example", KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		d.t.Error(err)
	}
	at := strings.LastIndexByte(text, '.')
	signature, err := base64.RawURLEncoding.DecodeString(text[at+1:])
	if err != nil {
		d.t.Fatal(err)
	}
	key, err := keys.NewPublic("", keys.ES256, leaf.PublicKey)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := key.Verify([]byte(text[:at]), signature); err != nil {
		d.t.Error(err)
	}
	if c := payload(d.t, text); c["client_id"] != client || c["response_uri"] != base+"/openid4vp/"+r.ID+"/"+string(f)+"/response" {
		d.t.Errorf("%v", c)
	}
}

// A certificate that has ended is not used: no wallet would take the request, and nobody would know why.
func TestACertificateThatHasEnded(t *testing.T) {
	for _, client := range []request.Client{request.X509SAN, request.X509Hash} {
		d := newDesk(t)
		d.certify("clinic.example")
		o := order()
		o.Client = client
		r := d.ask(o)
		d.Pass(59 * time.Minute)
		if err := d.api.Usable(t.Context(), o); err != nil {
			t.Errorf("%s, a minute before its end: %v", client, err)
		}
		d.Pass(2 * time.Minute)
		if err := d.api.Usable(t.Context(), o); fault.Describe(err).Code != "request.client" {
			t.Errorf("%s, a minute after: %v", client, err)
		}
		if _, err := d.api.Link(t.Context(), r.Request, request.CrossDevice); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s, a link of before: %v", client, err)
		}
		d.Pass(-3 * time.Hour)
		if err := d.api.Usable(t.Context(), o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s, before its beginning: %v", client, err)
		}
	}
}

// A certificate for another host names nobody here; its hash still does.
func TestACertificateForAnotherHost(t *testing.T) {
	d := newDesk(t)
	d.certify("elsewhere.example")
	o := order()
	o.Client = request.X509SAN
	if err := d.api.Usable(t.Context(), o); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	o.Client = request.X509Hash
	if err := d.api.Usable(t.Context(), o); err != nil {
		t.Error(err)
	}
}
