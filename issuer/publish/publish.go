// Package publish serves what anybody may read to check a credential without asking anybody: DID documents (did:web),
// JWKS, status lists, achievements and their pictures, learner records and endorsements.
//
// Everything here is public to whoever has its address, is cached no longer than its freshness allows, and may be read from any origin.
package publish

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/keyring"
	"github.com/openlaurel/laurel/issuer/statuslist"
	"github.com/openlaurel/laurel/web"
)

// Catalog finds issuers and achievements.
type Catalog interface {
	Issuer(ctx context.Context, ref string) (catalog.Issuer, error)
	Achievement(ctx context.Context, issuerRef, ref string, version int) (catalog.Achievement, error)
}

// Keys gives the documents in which keys are published.
type Keys interface {
	Document(ctx context.Context, did string) ([]byte, error)
	JWKS(ctx context.Context) ([]byte, error)
	Versions(ctx context.Context, did string) ([]keyring.Version, error)
}

// Log gives the signed end of the issuance log.
type Log interface {
	Checkpoint(ctx context.Context) ([]byte, error)
}

// Lists gives signed status lists.
type Lists interface {
	Publish(ctx context.Context, listID string, f statuslist.Form) (statuslist.Published, error)
	PublishAt(ctx context.Context, listID string, f statuslist.Form, at time.Time) (statuslist.Published, error)
	Aggregation(ctx context.Context, issuerID string) ([]string, error)
}

// Describer writes an achievement as JSON-LD, as it stands in credentials.
type Describer interface {
	Describe(ctx context.Context, a catalog.Achievement) ([]byte, error)
}

// TrustLists gives the signed trust list that an issuer published last.
type TrustLists interface {
	TrustList(ctx context.Context, issuerID string) ([]byte, error)
}

// Config wires a Publisher.
type Config struct {
	Log        Log // nil: there is none
	TrustLists TrustLists
	Catalog    Catalog
	Keys       Keys
	Lists      Lists
	Describer  Describer
	Statements Statements // nil: none is served
	Pictures   Pictures   // nil: no record is baked
	DID        string     // of the deployment's host, "did:web:…"
	Problems   *problem.Writer
}

// Publisher serves the public documents.
type Publisher struct{ c Config }

// New makes a Publisher.
func New(c Config) *Publisher {
	if c.Problems == nil {
		c.Problems = problem.New(problem.Config{})
	}
	return &Publisher{c: c}
}

// Caching of what rarely changes. Keys are asked for again soon, so that a rotation is seen.
const (
	keyAge     = 60 * time.Second
	pictureAge = 24 * time.Hour
)

// Register adds the routes.
func (p *Publisher) Register(r gin.IRouter) {
	get := func(path string, h func(*gin.Context) error) {
		wrapped := func(c *gin.Context) {
			c.Header("Access-Control-Allow-Origin", "*")
			if err := h(c); err != nil {
				p.c.Problems.Write(c.Writer, c.Request, err)
			}
		}
		r.GET(path, wrapped)
		r.HEAD(path, wrapped)
	}
	get("/.well-known/did.json", p.hostDocument)
	get("/.well-known/jwks.json", p.jwks)
	get("/issuers/:slug/did.json", p.issuerDocument)
	get("/issuers/:slug/trust-list.jwt", p.trustList)
	get("/issuers/:slug/image.png", p.issuerPicture)
	get("/issuers/:slug/image.svg", p.issuerPicture)
	get("/.well-known/did-history.json", p.hostHistory)
	get("/issuers/:slug/did-history.json", p.issuerHistory)
	if p.c.Log != nil {
		get("/.well-known/laurel-log.jwt", p.checkpoint)
	}
	get("/status/:list", p.list)
	get("/status/:list/:form", p.list)
	get("/records/:name", p.statement("records"))
	get("/endorsements/:name", p.statement("endorsements"))
	get("/achievements/:id", p.achievement)
	get("/achievements/:id/:version", p.achievement)
	get("/achievements/:id/:version/:picture", p.picture)
}

func (p *Publisher) hostDocument(c *gin.Context) error { return p.document(c, p.c.DID) }

func (p *Publisher) issuerDocument(c *gin.Context) error {
	return p.document(c, p.c.DID+":issuers:"+c.Param("slug"))
}

func (p *Publisher) document(c *gin.Context, did string) error {
	body, chosen, err := p.chosen(c, did)
	if err == nil && !chosen {
		body, err = p.c.Keys.Document(c.Request.Context(), did)
	}
	if err != nil {
		return err
	}
	reply(c, answer{"application/did+json", body, keyAge})
	return nil
}

// trustList serves whom an issuer believes, as it signed it.
func (p *Publisher) trustList(c *gin.Context) error {
	i, err := p.c.Catalog.Issuer(c.Request.Context(), c.Param("slug"))
	if err == nil && i.Slug != c.Param("slug") {
		err = fault.New(fault.NotFound, nil, "there is no issuer of this name").Code("issuer.not_found")
	}
	if err != nil {
		return err
	}
	body, err := p.c.TrustLists.TrustList(c.Request.Context(), i.ID)
	if err != nil {
		return err
	}
	reply(c, answer{"application/trust-list+jwt", body, keyAge})
	return nil
}

func (p *Publisher) jwks(c *gin.Context) error {
	body, err := p.c.Keys.JWKS(c.Request.Context())
	if err != nil {
		return err
	}
	reply(c, answer{"application/jwk-set+json", body, keyAge})
	return nil
}

func (p *Publisher) find(c *gin.Context) (catalog.Achievement, error) {
	version := 0
	if v := c.Param("version"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return catalog.Achievement{}, fault.New(fault.NotFound, nil, "versions are 1, 2 and so on").Code("achievement.not_found")
		}
		version = n
	}
	return p.c.Catalog.Achievement(c.Request.Context(), "", c.Param("id"), version)
}

func (p *Publisher) achievement(c *gin.Context) error {
	a, err := p.find(c)
	if err != nil {
		return err
	}
	body, err := p.c.Describer.Describe(c.Request.Context(), a)
	if err != nil {
		return err
	}
	reply(c, answer{"application/ld+json", body, keyAge})
	return nil
}

func (p *Publisher) picture(c *gin.Context) error {
	a, err := p.find(c)
	if err != nil {
		return err
	}
	if a.Image == nil || c.Param("picture") != a.Image.FileName() {
		return fault.New(fault.NotFound, nil, "this achievement has no picture").Code("achievement.no_picture")
	}
	show(c, a.Image, pictureAge)
	return nil
}

// issuerPicture serves the picture that an issuer has now.
func (p *Publisher) issuerPicture(c *gin.Context) error {
	i, err := p.c.Catalog.Issuer(c.Request.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	if i.Slug != c.Param("slug") || i.Image == nil || !strings.HasSuffix(c.FullPath(), "/"+i.Image.FileName()) {
		return fault.New(fault.NotFound, nil, "this issuer has no such picture").Code("issuer.no_picture")
	}
	show(c, i.Image, keyAge)
	return nil
}

// show serves a picture. One that somebody uploaded never runs in our origin (threat B05).
func show(c *gin.Context, i *catalog.Image, age time.Duration) {
	c.Header("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
	c.Header("Cross-Origin-Resource-Policy", "cross-origin")
	reply(c, answer{i.Type, i.Data, age})
}

type answer struct {
	contentType string
	body        []byte
	age         time.Duration
}

// reply writes a with its ETag, or 304 to a reader who has it. What is text, and not short, is packed for whoever takes gzip; its ETag
// is weak then, because the bytes are others.
func reply(c *gin.Context, a answer) {
	sum := sha256.Sum256(a.body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	packs := a.packable() && web.TakesGzip(c.GetHeader("Accept-Encoding"))
	if packs {
		tag = "W/" + tag
	}
	c.Header("ETag", tag)
	c.Header("Cache-Control", "public, max-age="+strconv.Itoa(int(a.age.Seconds())))
	c.Header("Vary", "Accept, Accept-Encoding")
	if web.Fresh(c.Request, tag) {
		c.Status(http.StatusNotModified)
		return
	}
	if packs {
		c.Header("Content-Encoding", "gzip")
		a.body = packed(a.body)
	}
	c.Data(http.StatusOK, a.contentType, a.body)
}

// packedFrom is from what length on an answer is packed.
const packedFrom = 512

// packable reports whether the answer is text that is worth packing. A status list is: what is compressed in it is written in base64.
func (a answer) packable() bool {
	return len(a.body) >= packedFrom && (strings.HasSuffix(a.contentType, "json") || strings.HasSuffix(a.contentType, "jwt") ||
		a.contentType == "application/vc" || a.contentType == "text/plain")
}

// packed returns the body as gzip, quickly.
func packed(body []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		panic(err) // no such level
	}
	_, _ = z.Write(body) // a bytes.Buffer takes everything
	_ = z.Close()
	return out.Bytes()
}
