package fetch_test

import (
	"crypto/tls"
	"io"
	"log"
	"net/http/httptest"
)

// oldTLS is what a server spoke before 2008.
func oldTLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
}

// quiet keeps the complaints of test servers about broken handshakes out of the output.
func quiet(servers ...*httptest.Server) {
	for _, s := range servers {
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
	}
}
