package server

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/web"
)

// protect sets the security headers. The camera is for scanning QR codes on our own pages.
func (s *Server) protect(g *gin.Context) {
	h := g.Writer.Header()
	h.Set("Content-Security-Policy", web.ContentSecurityPolicy) // what needs another one sets it
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(self), clipboard-write=(self), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if strings.HasPrefix(s.cfg.BaseURL, "https://") {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// share lets any origin read what is public anyway, without credentials (Fetch §3.2), and nothing else: no origin is
// ever echoed, so a "null" origin or a look-alike suffix has nothing to gain.
func (s *Server) share(g *gin.Context) {
	r := g.Request
	asked := r.Method
	preflight := asked == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	if preflight {
		asked = r.Header.Get("Access-Control-Request-Method")
	}
	if !Shared(asked, r.URL.Path) {
		return
	}
	h := g.Writer.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if !preflight {
		h.Set("Access-Control-Expose-Headers", "DPoP-Nonce, ETag, Link, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id")
		return
	}
	h.Set("Access-Control-Allow-Methods", asked)
	h.Set("Access-Control-Allow-Headers", "Accept, Content-Type, If-None-Match")
	if forWallets(r.URL.Path) { // secrets that a wallet was given, and never a cookie
		h.Set("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, DPoP, OAuth-Client-Attestation, OAuth-Client-Attestation-PoP")
	}
	h.Set("Access-Control-Max-Age", "7200")
	g.AbortWithStatus(http.StatusNoContent)
}

// Shared reports whether pages of other origins may read the answer: credentials by suffix, status lists, DID documents,
// key sets, contexts, schemas, the OpenAPI document, the verifier, and what wallets that run in a browser speak to.
func Shared(method, path string) bool {
	if forWallets(path) {
		return method == http.MethodPost || method == http.MethodGet || method == http.MethodHead
	}
	if method == http.MethodPost {
		return path == "/api/v1/verify" || path == "/api/v1/verify-many"
	}
	if method != http.MethodGet && method != http.MethodHead {
		return false
	}
	switch path {
	case "/.well-known/did.json", "/.well-known/jwks.json", "/api/openapi.json":
		return true
	}
	for _, prefix := range []string{"/status/", "/contexts/", "/schemas/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	if strings.HasPrefix(path, "/issuers/") {
		return strings.HasSuffix(path, "/did.json") || strings.HasSuffix(path, "/jwks.json")
	}
	if rest, ok := strings.CutPrefix(path, "/c/"); ok && !strings.Contains(rest, "/") {
		for _, suffix := range []string{".jwt", ".json", ".png", ".svg"} {
			if strings.HasSuffix(rest, suffix) {
				return true
			}
		}
	}
	return false
}

// forWallets reports whether an address is one of the protocols of wallets. The page on which a person agrees is none.
func forWallets(path string) bool {
	switch path {
	case "/.well-known/openid-credential-issuer", "/.well-known/openid-credential-issuer/",
		"/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/":
		return true
	case "/openid4vci/authorize":
		return false
	}
	return strings.HasPrefix(path, "/openid4vci/") || strings.HasPrefix(path, "/exchanges/")
}
