package pages

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/internal/qr"
	"github.com/openlaurel/laurel/web"
)

// Media types of what a badge is delivered as.
const (
	mediaHTML = "text/html"
	mediaText = "text/plain"
	mediaJWT  = "application/jwt"
	mediaVCJ  = "application/vc+jwt"
	mediaCOSE = "application/vc+cose"
	mediaVC   = "application/vc"
	mediaSD   = "application/dc+sd-jwt"
	mediaVCSD = "application/vc+sd-jwt"
	mediaJSON = "application/json"
	mediaPNG  = "image/png"
	mediaSVG  = "image/svg+xml"
)

// sandbox is the policy for a drawing that is opened by itself: nothing in it can run or load.
const sandbox = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

// negotiate chooses what a client wants most of what we have; the page when it does not say, and before what it wants equally.
func negotiate(accept string) string {
	return web.Prefer(accept, mediaHTML, mediaVCJ, mediaJWT, mediaVC, mediaJSON, mediaText)
}

// deliverAs answers with the credential in the media type that was negotiated.
func (p *Pages) deliverAs(c *gin.Context, s shown, media string) error {
	c.Writer.Header().Add("Vary", "Accept")
	switch {
	case ownSuffix(s.credential.Form) != "jwt" && media != mediaJSON:
		media = mediaVC
	case selective(s.credential.Form):
		media = tokenMedia(s.credential.Form)
	}
	if media == mediaVC || media == mediaJSON {
		body, err := document(s.credential.Form, s.credential.Signed)
		if err != nil {
			return err
		}
		return send(c, file{media: media, body: body})
	}
	return send(c, file{media: media, body: s.credential.Signed})
}

// deliver answers with the file of that suffix; one that we do not have is as unknown as the badge would be.
func (p *Pages) deliver(c *gin.Context, s shown, suffix string) error {
	f, err := p.make(c, s, suffix)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(suffix, "qr.") {
		f.name = fileName(s.file, suffix)
	}
	return send(c, f)
}

func (p *Pages) make(c *gin.Context, s shown, suffix string) (file, error) {
	signed := s.credential.Signed
	if selective(s.credential.Form) && (suffix == "json" || suffix == "png" || suffix == "svg") {
		return file{}, notHere() // no document, and nothing that Open Badges would bake
	}
	switch suffix {
	case "jwt":
		if ownSuffix(s.credential.Form) != "jwt" {
			return file{}, notHere() // it has no such form
		}
		return file{media: tokenMedia(s.credential.Form), body: signed}, nil
	case "cose":
		if s.credential.Form != proof.VCCOSE {
			return file{}, notHere()
		}
		body, err := base64.RawURLEncoding.DecodeString(string(signed))
		return file{media: mediaCOSE, body: body}, err
	case "json":
		body, err := document(s.credential.Form, signed)
		return file{media: mediaVC, body: body}, err
	case "pdf":
		return p.certificate(c, s)
	case "png", "svg":
		return p.baked(c, s, suffix)
	case "qr.png":
		body, err := qr.PNG(p.url("/c/" + s.credential.ID))
		return file{media: mediaPNG, body: body}, err
	case "qr.svg":
		body, err := qr.SVG(p.url("/c/" + s.credential.ID))
		return file{media: mediaSVG, body: body}, err
	}
	return file{}, notHere()
}

// baked puts the credential into the picture (Open Badges 3.0 §5.3).
func (p *Pages) baked(c *gin.Context, s shown, suffix string) (file, error) {
	if p.c.Pictures == nil || s.credential.Form == proof.VCCOSE {
		return file{}, notHere()
	}
	media, bake := mediaPNG, baking.BakePNG
	if suffix == "svg" {
		media, bake = mediaSVG, baking.BakeSVG
	}
	picture, err := p.c.Pictures.Picture(c.Request.Context(), s.achievement, media)
	if err != nil {
		return file{}, fmt.Errorf("picture of %s: %w", s.achievement.ID, err)
	}
	body, err := bake(picture, s.credential.Signed)
	if err != nil {
		return file{}, fmt.Errorf("baking %s: %w", s.credential.ID, err)
	}
	return file{media: media, body: body}, nil
}

// tokenMedia is the media type of a signed text: ob-jwt has typ JWT (Open Badges 3.0 §8.2), others have their own.
func tokenMedia(form proof.Form) string {
	switch form {
	case proof.VCJWT:
		return mediaVCJ
	case proof.SDJWT:
		return mediaSD
	case proof.VCSDJWT:
		return mediaVCSD
	case proof.VCCOSE:
		return mediaCOSE + ";base64"
	}
	return mediaJWT
}

// selective reports whether the form is an SD-JWT.
func selective(form proof.Form) bool { return form == proof.SDJWT || form == proof.VCSDJWT }

// document is the credential as a JSON document that can be verified by itself: a JWT in an EnvelopedVerifiableCredential
// (VCDM 2.0 §4.13), a credential with an embedded proof as it stands. The bare payload of a JWT would be a document that
// nobody can check, so it is not offered.
func document(form proof.Form, signed []byte) ([]byte, error) {
	if form == proof.DataIntegrity {
		return signed, nil
	}
	return credential.Envelope(tokenMedia(form), signed)
}

// file is what send sends.
type file struct {
	media string
	name  string // offered to be saved under it; empty shows the file
	body  []byte
}

// send sends a file with an ETag of its bytes and a policy under which it can do nothing.
func send(c *gin.Context, f file) error {
	sum := sha256.Sum256(f.body)
	etag := `"` + hex.EncodeToString(sum[:12]) + `"`
	h := c.Writer.Header()
	h.Set("ETag", etag)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", sandbox)
	if web.Fresh(c.Request, etag) {
		c.Writer.WriteHeader(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return nil
	}
	if f.media == mediaText {
		f.media += "; charset=utf-8"
	}
	h.Set("Content-Type", f.media)
	h.Set("Content-Length", strconv.Itoa(len(f.body)))
	if f.name != "" {
		h.Set("Content-Disposition", disposition(f.name))
	}
	c.Writer.WriteHeader(http.StatusOK)
	if c.Request.Method != http.MethodHead {
		_, _ = c.Writer.Write(f.body) // the client is gone: nobody is left to tell
	}
	c.Writer.WriteHeaderNow()
	return nil
}

// disposition offers to save under name: ASCII for old clients, UTF-8 by RFC 8187 for all others. name comes from
// fileName, and whatever it holds stays inside the quotes (W19).
func disposition(name string) string {
	ascii := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '%' {
			return '_'
		}
		return c
	}, name)
	return `attachment; filename="` + ascii + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}

// fileName makes a name for a file from a title: letters, digits, marks and a few signs; at most 60 of them. A title that has
// none of them gives "badge".
func fileName(title, ext string) string {
	var b strings.Builder
	n, gap := 0, false
	for _, c := range title {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) {
			gap = n > 0
			continue
		}
		if gap {
			b.WriteByte('-')
		}
		b.WriteRune(c)
		n, gap = n+1, false
		if n >= 60 {
			break
		}
	}
	if b.Len() == 0 {
		b.WriteString("badge")
	}
	return b.String() + "." + ext
}

func (p *Pages) badgePicture(c *gin.Context) error {
	s, err := p.find(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	c.Writer.Header().Set("Cache-Control", s.caching())
	return p.picture(c, s)
}

// picture sends the achievement's picture for a page.
func (p *Pages) picture(c *gin.Context, s shown) error {
	if p.c.Pictures == nil {
		return notHere()
	}
	body, media, err := p.c.Pictures.Shown(c.Request.Context(), s.achievement)
	if err != nil {
		return fmt.Errorf("picture of %s: %w", s.achievement.ID, err)
	}
	return send(c, file{media: media, body: body})
}
