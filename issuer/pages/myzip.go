package pages

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
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
	sample := ""
	var signed [][]byte
	for i, a := range person.Awards {
		cred, ok := a.Current()
		if !ok {
			continue
		}
		s, err := p.complete(c.Request.Context(), a.Award, cred)
		if err != nil {
			return err
		}
		folder := fmt.Sprintf("%02d-%s/", i+1, stem(a.Achievement.Name))
		if err := p.packBadge(c, z, folder, s); err != nil {
			return err
		}
		signed = append(signed, cred.Signed)
		sample = first(sample, folder+"badge."+ownSuffix(cred.Form))
	}
	records, err := p.packRecords(c, z, person)
	if err != nil {
		return err
	}
	if err := p.packEvidence(c, z, append(signed, records...)); err != nil {
		return err
	}
	text, err := p.zipText(c, person, sample)
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

// stem is a title as the first part of a file's name.
func stem(title string) string { return strings.TrimSuffix(fileName(title, "x"), ".x") }

// packBadge packs a badge in every form in which it is nobody's in particular, or, where a wallet's took its place, that one.
func (p *Pages) packBadge(c *gin.Context, z *zip.Writer, folder string, s shown) error {
	for _, suffix := range slices.Compact([]string{ownSuffix(s.credential.Form), "json", "png", "svg", "pdf"}) {
		if suffix == "pdf" && (p.c.Printer == nil || s.award.State() != issuer.Active) {
			continue
		}
		f, err := p.make(c, s, suffix)
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Unavailable) {
			continue // there is no such file of this form, or no font for a certificate
		}
		if err == nil {
			err = p.pack(z, folder+"badge."+suffix, f.body)
		}
		if err != nil {
			return err
		}
	}
	for _, other := range s.award.Credentials {
		if other.ID == s.credential.ID || other.Holder != "" || !other.SupersededAt.IsZero() {
			continue
		}
		of, suffix := s, ownSuffix(other.Form)
		of.credential = other
		f, err := p.make(c, of, suffix)
		if err == nil {
			err = p.pack(z, folder+stem(other.Secured())+"-"+other.ID[:4]+"."+suffix, f.body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// evidenceName is the file with keys and lists.
const evidenceName = "verification.json"

// packEvidence packs what a check needs beside the badges.
func (p *Pages) packEvidence(c *gin.Context, z *zip.Writer, signed [][]byte) error {
	if p.c.Evidence == nil || len(signed) == 0 {
		return nil
	}
	body, err := p.c.Evidence.Gather(c.Request.Context(), signed)
	if err != nil {
		return fmt.Errorf("keys and lists for the file with all badges: %w", err)
	}
	return p.pack(z, evidenceName, body)
}

// packRecords packs the learner records of those badges, and returns them.
func (p *Pages) packRecords(c *gin.Context, z *zip.Writer, person learner.Person) (signed [][]byte, err error) {
	all, err := p.c.Learners.Records(c.Request.Context(), person)
	if err != nil {
		return nil, err
	}
	for i, r := range all {
		if err := p.pack(z, fmt.Sprintf("records/%02d-%s.%s", i+1, stem(r.Name), ownSuffix(r.Form)), r.Signed); err != nil {
			return nil, err
		}
		signed = append(signed, r.Signed)
	}
	return signed, nil
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

// zipText says in the learner's language what is in the file and how it is checked; sample is one file in it.
func (p *Pages) zipText(c *gin.Context, person learner.Person, sample string) ([]byte, error) {
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
		t.Text("my.zip.program"), "", "    laurel verify " + sample, "",
		t.Text("my.zip.page", "address", p.url("/verify")), "",
	}
	if p.c.Evidence != nil {
		lines = append(lines, t.Text("my.zip.kept", "when", t.DateTime(p.c.Clock())), "", "    laurel verify --pack "+evidenceName+" "+sample, "",
			t.Text("my.zip.offline", "did", by.DID), "")
	}
	lines = append(lines, t.Text("my.zip.standard"), "")
	return []byte(strings.Join(lines, "\n")), nil
}
