package publish

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/baking"
	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
)

// Statements finds learner records and endorsements.
type Statements interface {
	Statement(ctx context.Context, id string) (issuer.Statement, error)
}

// Pictures draws a picture with a name on it, into which a record is baked. media is image/png or image/svg+xml.
type Pictures interface {
	Named(name, media string) ([]byte, error)
}

// statementAge is how long a statement is kept elsewhere. It never changes; whether it was revoked says its list.
const statementAge = 5 * time.Minute

// statement serves a learner record or an endorsement at its own address, to whoever has it: it is as hard to guess as a key,
// and nothing links to it. A suffix chooses the file: .jwt, .json, and for a record .png and .svg.
func (p *Publisher) statement(place string) func(*gin.Context) error {
	return func(c *gin.Context) error {
		name, suffix, _ := strings.Cut(c.Param("name"), ".")
		id := issuer.StatementID(place, name)
		if p.c.Statements == nil || id == "" {
			return noStatement()
		}
		x, err := p.c.Statements.Statement(c.Request.Context(), id)
		if err != nil {
			return err
		}
		media, body, err := p.statementFile(x, suffix)
		if err != nil {
			return err
		}
		c.Header("X-Robots-Tag", "noindex")
		c.Header("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
		reply(c, answer{media, body, statementAge})
		return nil
	}
}

func noStatement() error {
	return fault.New(fault.NotFound, nil, "there is no such record or endorsement").Code("statement.not_found")
}

func (p *Publisher) statementFile(x issuer.Statement, suffix string) (media string, body []byte, err error) {
	embedded := x.Form == proof.DataIntegrity
	token := "application/jwt"
	if x.Form == proof.VCJWT {
		token = "application/vc+jwt"
	}
	switch {
	case (suffix == "" || suffix == "json") && embedded:
		return "application/vc", x.Signed, nil
	case (suffix == "" || suffix == "jwt") && !embedded:
		return token, x.Signed, nil
	case suffix == "json":
		body, err = credential.Envelope(token, x.Signed)
		return "application/vc", body, err
	case x.Kind != issuer.LearnerRecord || p.c.Pictures == nil:
	case suffix == "png":
		return p.baked(x, "image/png", baking.Record.BakePNG)
	case suffix == "svg":
		return p.baked(x, "image/svg+xml", baking.Record.BakeSVG)
	}
	return "", nil, noStatement()
}

// baked puts a record into a picture, in the place of learner records.
func (p *Publisher) baked(x issuer.Statement, media string, bake func(picture, credential []byte) ([]byte, error)) (string, []byte, error) {
	picture, err := p.c.Pictures.Named(x.Name, media)
	if err != nil {
		return "", nil, fmt.Errorf("picture of %s: %w", x.ID, err)
	}
	body, err := bake(picture, x.Signed)
	return media, body, err
}
