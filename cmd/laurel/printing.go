package main

import (
	"cmp"
	"context"
	"errors"
	"image"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/paper"
	"github.com/openlaurel/laurel/internal/picture"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/certificate"
)

// printing puts what is known of an award onto paper.
type printing struct {
	app     *app
	printer *certificate.Printer
	words   func(i18n.Locale) (*i18n.Translator, error)
}

func newPrinting(a *app) printing {
	fonts := paper.NewFonts(&fontFiles{folders: []string{a.cfg.Fonts, "/usr/share/fonts", "/usr/local/share/fonts"}})
	return printing{app: a, printer: certificate.New(fonts, a.site.Translator, a.clock), words: a.site.Translator}
}

// Certificate implements the Printer of pages and API.
func (p printing) Certificate(ctx context.Context, a issuer.Award, credentialID string, l i18n.Locale) ([]byte, error) {
	if a.State() != issuer.Active {
		return nil, certificate.Withdrawn()
	}
	iss, err := p.app.catalog.Issuer(ctx, a.IssuerID)
	if err != nil {
		return nil, err
	}
	ach, err := p.app.catalog.Achievement(ctx, a.IssuerID, a.AchievementID, a.Version)
	if err != nil {
		return nil, err
	}
	for _, cred := range a.Credentials {
		if cred.ID != credentialID {
			continue
		}
		c, err := p.of(ctx, a, cred, of{iss, ach.In(l.Tag())})
		if err != nil {
			return nil, err
		}
		return p.printer.Certificate(l, c)
	}
	return nil, fault.New(fault.NotFound, nil, "there is no such credential").Code("credential.not_found")
}

// of is what an award is of, and by whom.
type of struct {
	issuer      catalog.Issuer
	achievement catalog.Achievement
}

func (p printing) of(ctx context.Context, a issuer.Award, cred issuer.Credential, o of) (certificate.Certificate, error) {
	c := certificate.Certificate{
		Name: o.achievement.Name, Kind: strings.TrimPrefix(o.achievement.Type, "ext:"), Description: o.achievement.Description,
		Recipient: a.Recipient.Name, IssuerName: o.issuer.Name,
		IssuerDomain: webDomain(o.issuer.DID), AwardedAt: a.AwardedAt, ExpiresAt: a.ExpiresAt, Term: a.Term, Role: a.Role,
		VerifyURL: p.app.base + "/verify",
	}
	if credits := a.CreditsOf(o.achievement); credits != nil {
		c.Credits = strconv.FormatFloat(*credits, 'f', -1, 64)
	}
	c.Hours = a.LearningHours(o.achievement)
	for _, l := range o.achievement.Levels() {
		c.Levels = append(c.Levels, l.Name)
	}
	known := map[string]catalog.ResultDescription{}
	for _, d := range o.achievement.Results {
		known[d.ID] = d
	}
	for _, r := range a.Results {
		if d := known[r.Description]; d.Type != catalog.LearningHours {
			c.Results = append(c.Results, paper.Fact{Term: d.Name, Text: cmp.Or(r.Value, r.Status)})
		}
	}
	if a.Visibility != issuer.Private {
		c.PageURL, c.Code = p.app.awards.CredentialURL(cred.ID), issuer.ShortCode(cred.ID)
		c.CodeURL = p.app.base + "/b/" + c.Code
	}
	var err error
	if c.Picture, err = certificatePicture(ctx, o.achievement); err != nil {
		return c, err
	}
	c.PictureAlt = o.achievement.Name
	if o.achievement.Image != nil && o.achievement.Image.Alt != "" {
		c.PictureAlt = o.achievement.Image.Alt
	}
	c.Credential, err = attachment(cred)
	return c, err
}

// webDomain is the host of a did:web, as a person reads it.
func webDomain(id string) string {
	rest, ok := strings.CutPrefix(id, "did:web:")
	if !ok {
		return ""
	}
	host, _, _ := strings.Cut(rest, ":")
	return strings.ReplaceAll(host, "%3A", ":")
}

// certificatePicture is the achievement's own picture, no larger than paper needs, else the drawing that every achievement has.
func certificatePicture(ctx context.Context, a catalog.Achievement) (image.Image, error) {
	if a.Image != nil {
		if img, err := picture.Pixels(a.Image.Data, limits.PrintSide); err == nil {
			return img, nil
		}
	}
	data, err := badgePictures{}.Picture(ctx, a, "image/png")
	if err != nil {
		return nil, err
	}
	return picture.Pixels(data, limits.PrintSide)
}

// attachment is the credential as a file inside of its certificate.
func attachment(c issuer.Credential) (paper.Attachment, error) {
	body, err := c.Published()
	out := paper.Attachment{
		Name: "credential.jwt", Media: "application/jwt", Description: "The signed credential (Open Badges 3.0)", Relationship: "Source", Body: body,
	}
	switch c.Form {
	case proof.DataIntegrity:
		out.Name, out.Media = "credential.json", "application/vc+ld+json"
	case proof.VCJWT:
		out.Media = "application/vc+jwt"
	case proof.SDJWT:
		out.Media = "application/dc+sd-jwt"
	case proof.VCSDJWT:
		out.Media = "application/vc+sd-jwt"
	case proof.VCCOSE:
		return out, fault.New(fault.NotFound, nil, "a COSE credential has no certificate").Code("credential.not_found")
	}
	return out, err
}

// fontFiles finds fonts in folders: those of the setting first, then those of the system. What was found of a script is
// looked up by the names that fonts have on Debian and its like; of the folder of the setting every file is tried.
type fontFiles struct {
	folders []string

	once  sync.Once
	files []string // in the order in which they are tried
}

// fontBytes bounds a font file; the largest that people use have 30 MB.
const fontBytes = 64 << 20

// Find implements paper.Source.
func (f *fontFiles) Find(script string) iter.Seq2[[]byte, error] {
	f.once.Do(f.list)
	own := cmp.Or(f.folders[0], "\x00") + string(filepath.Separator)
	return func(yield func([]byte, error) bool) {
		for _, path := range f.files {
			if !strings.HasPrefix(path, own) && !fits(filepath.Base(path), script) {
				continue
			}
			info, err := os.Stat(path)
			if err != nil || info.Size() > fontBytes {
				continue
			}
			data, err := os.ReadFile(filepath.Clean(path))
			if err == nil && !yield(data, nil) {
				return
			}
		}
	}
}

func (f *fontFiles) list() {
	for _, folder := range f.folders {
		if folder == "" {
			continue
		}
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || len(f.files) > 20_000 {
				return errors.Join(err, fs.SkipAll)
			}
			switch strings.ToLower(filepath.Ext(path)) {
			case ".ttf", ".otf", ".ttc", ".otc":
				f.files = append(f.files, path)
			}
			return nil
		})
		if err != nil {
			continue // a folder that cannot be read has no fonts
		}
	}
}

// fits reports whether a font file is, by its name, one for a script (ISO 15924).
func fits(name, script string) bool {
	name = strings.ToLower(name)
	for _, want := range scriptFonts(script) {
		if strings.HasPrefix(name, want) && !strings.Contains(name, "bold") && !strings.Contains(name, "italic") {
			return true
		}
	}
	return false
}

// scriptFonts lists how the names of font files for a script begin, in lower case.
func scriptFonts(script string) []string {
	switch script {
	case "Hani", "Hira", "Kana", "Hang", "Bopo":
		return []string{"notosanscjk", "notoserifcjk", "droidsansfallback", "wqy-microhei", "wqy-zenhei", "uming", "ukai"}
	}
	noto := map[string]string{
		"Adlm": "adlam", "Armn": "armenian", "Bali": "balinese", "Beng": "bengali", "Cans": "canadianaboriginal",
		"Cher": "cherokee", "Deva": "devanagari", "Ethi": "ethiopic", "Geor": "georgian", "Gujr": "gujarati",
		"Guru": "gurmukhi", "Hebr": "hebrew", "Java": "javanese", "Khmr": "khmer", "Knda": "kannada",
		"Laoo": "lao", "Mlym": "malayalam", "Mong": "mongolian", "Mymr": "myanmar", "Nkoo": "nko",
		"Olck": "olchiki", "Orya": "oriya", "Sinh": "sinhala", "Syrc": "syriac", "Taml": "tamil",
		"Telu": "telugu", "Tfng": "tifinagh", "Thaa": "thaana", "Thai": "thai", "Tibt": "tibetan",
		"Vaii": "vai",
	}[script]
	if noto == "" {
		return []string{"notosanssymbols", "notosans-regular", "dejavusans."}
	}
	return []string{"notosans" + noto, "notoserif" + noto}
}
