package pages

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/learner"
	"github.com/openlaurel/laurel/web"
)

const mediaZIP = "application/zip"

// myZip puts everything that a learner has into one file: a folder for each badge, and a text that says how to check it, also
// without this service.
func (p *Pages) myZip(c *gin.Context, person learner.Person) error {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i, a := range person.Awards {
		if len(a.Credentials) == 0 {
			continue
		}
		s, err := p.complete(c.Request.Context(), a.Award, a.Credentials[0])
		if err != nil {
			return err
		}
		folder := fmt.Sprintf("%02d-%s/", i+1, strings.TrimSuffix(fileName(a.Achievement.Name, "x"), ".x"))
		for _, suffix := range [...]string{ownSuffix(s.credential.Form), "json", "png", "svg", "pdf"} {
			if suffix == "pdf" && (p.c.Printer == nil || a.State() != issuer.Active) {
				continue
			}
			f, err := p.make(c, s, suffix)
			if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Unavailable) {
				continue // there is no such file of this form, or no font for a certificate
			}
			if err != nil {
				return err
			}
			if err := p.pack(z, folder+"badge."+suffix, f.body); err != nil {
				return err
			}
		}
	}
	text, err := p.zipText(c, person)
	if err != nil {
		return err
	}
	if err := p.pack(z, "README.txt", text); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("file with all badges: %w", err)
	}
	return send(c, file{media: mediaZIP, body: out.Bytes(), name: fileName(person.Name(), "zip")})
}

func (p *Pages) pack(z *zip.Writer, name string, body []byte) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: p.c.Clock().UTC().Truncate(2 * time.Second)})
	if err == nil {
		_, err = io.Copy(w, bytes.NewReader(body))
	}
	if err != nil {
		return fmt.Errorf("file with all badges: %w", err)
	}
	return nil
}

// zipText says in the learner's language what is in the file and how it is checked.
func (p *Pages) zipText(c *gin.Context, person learner.Person) ([]byte, error) {
	by, err := p.c.Catalogue.Issuer(c.Request.Context(), person.IssuerID())
	if err != nil {
		return nil, fmt.Errorf("issuer of a learner's page: %w", err)
	}
	t, err := p.c.Site.Translator(web.Locale(c.Writer, c.Request))
	if err != nil {
		return nil, err
	}
	lines := []string{
		t.Text("my.zip.what", "issuer", by.Name), "", t.Text("my.zip.files"), "", t.Text("my.zip.check", "address", p.url("/verify")), "",
		t.Text("my.zip.program"), "", "    laurel verify 01-…/badge." + ownSuffix(person.Awards[0].Credentials[0].Form), "",
		t.Text("my.zip.offline", "did", by.DID), "", t.Text("my.zip.standard"), "",
	}
	return []byte(strings.Join(lines, "\n")), nil
}
