package api

import (
	"context"
	"encoding/base64"
	"net/http"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/catalog"
)

type issuerRequest struct {
	Name        string   `json:"name"`
	Slug        string   `json:"slug,omitempty" doc:"Part of addresses; made from the name when left out."`
	URL         string   `json:"url,omitempty" format:"uri"`
	Email       string   `json:"email,omitempty"`
	Description string   `json:"description,omitempty"`
	Language    string   `json:"language,omitempty" doc:"BCP 47, such as en or ar."`
	Algorithm   string   `json:"algorithm,omitempty" enum:"ES256,EdDSA,RS256" doc:"Of new signatures; ES256 when left out."`
	Image       *picture `json:"image,omitempty"`
}

type picture struct {
	Type string `json:"type,omitempty" enum:"image/png,image/svg+xml" doc:"Read from the data when left out."`
	Alt  string `json:"alt" doc:"The text that stands in for the picture."`
	Data string `json:"data,omitempty" contentEncoding:"base64" doc:"Base64 of a PNG or SVG."`
	URL  string `json:"url,omitempty" format:"uri" doc:"Only in answers."`
}

type issuerView struct {
	ID          string   `json:"id"`
	Slug        string   `json:"slug"`
	DID         string   `json:"did"`
	Name        string   `json:"name"`
	URL         string   `json:"url,omitempty"`
	Email       string   `json:"email,omitempty"`
	Description string   `json:"description,omitempty"`
	Language    string   `json:"language"`
	Algorithm   string   `json:"algorithm"`
	Image       *picture `json:"image,omitempty"`
	CreatedAt   string   `json:"created_at" format:"date-time"`
}

func (a *API) registerIssuers() {
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/issuers", id: "createIssuer", tag: "Catalogue", scope: access.Admin,
		summary: "Add an issuer", status: http.StatusCreated, errors: []int{409, 413, 415}, bytes: limits.RequestBytes,
		description: "Makes its keys and publishes its DID document. Needs a token that is not bound to one issuer.",
		body:        `{"name":"Open School","url":"https://school.example/","language":"en"}`,
	}, a.addIssuer)
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/issuers", id: "listIssuers", tag: "Catalogue", scope: access.Read,
		summary: "List issuers", status: http.StatusOK,
	}, a.issuers)
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/issuers/{id}", id: "getIssuer", tag: "Catalogue", scope: access.Read,
		summary: "Read an issuer", description: "The id may be a slug or a DID, too, with % written as %25.",
		status: http.StatusOK, errors: []int{404},
	}, a.issuer)
	add(a, operation{
		method: http.MethodPut, path: "/api/v1/issuers/{id}", id: "reviseIssuer", tag: "Catalogue", scope: access.Admin,
		summary: "Revise an issuer's profile", status: http.StatusOK, errors: []int{404, 409, 413, 415}, bytes: limits.RequestBytes,
		description: "New credentials say it; what was signed before stays. Slug, identity and algorithm cannot change. Without image, the picture stays; " +
			"with an image of empty alt and data, it goes.",
		params: []parameter{{name: "If-Match", in: "header", kind: "string", about: "ETag of the state that the revision is based on."}},
		body:   `{"name":"Open School Nairobi","url":"https://school.example/","language":"en"}`,
	}, a.reviseIssuer)
}

func (a *API) addIssuer(ctx context.Context, c call, in issuerRequest) (reply[issuerView], error) {
	if err := c.permit(access.Admin, ""); err != nil {
		return reply[issuerView]{}, err
	}
	img, err := in.Image.read()
	if err != nil {
		return reply[issuerView]{}, err
	}
	done, err := a.cfg.Issuers.AddIssuer(ctx, catalog.NewIssuer{
		Name: in.Name, Slug: in.Slug, URL: in.URL, Email: in.Email, Description: in.Description, Language: in.Language,
		Algorithm: in.Algorithm, Image: img, Actor: c.token.ID,
	})
	if err != nil {
		return reply[issuerView]{}, err
	}
	return reply[issuerView]{body: a.viewIssuer(done), header: map[string]string{
		"Location": a.cfg.BaseURL + "/api/v1/issuers/" + done.ID,
	}}, nil
}

func (a *API) reviseIssuer(ctx context.Context, c call, in issuerRequest) (reply[issuerView], error) {
	old, err := a.cfg.Issuers.Issuer(ctx, c.id())
	if err == nil {
		err = c.permit(access.Admin, old.ID)
	}
	if err != nil {
		return reply[issuerView]{}, err
	}
	if seen := c.header("If-Match"); seen != "" {
		body, err := render(a.viewIssuer(old))
		if err != nil {
			return reply[issuerView]{}, err
		}
		if !matches(seen, etag(body)) {
			return reply[issuerView]{}, fault.New(fault.Conflict, nil, "the issuer has changed since you read it").
				Code("issuer.changed").Hint("read it again, and send its new ETag in If-Match")
		}
	}
	img, err := in.Image.read()
	if err != nil {
		return reply[issuerView]{}, err
	}
	done, err := a.cfg.Issuers.ReviseIssuer(ctx, old.ID, catalog.NewIssuer{
		Name: in.Name, Slug: in.Slug, URL: in.URL, Email: in.Email, Description: in.Description, Language: in.Language,
		Algorithm: in.Algorithm, Image: img, Actor: c.token.ID,
	})
	return reply[issuerView]{body: a.viewIssuer(done)}, err
}

func (a *API) issuers(ctx context.Context, c call, _ empty) (reply[page[issuerView]], error) {
	all, err := a.cfg.Issuers.Issuers(ctx)
	out := reply[page[issuerView]]{body: page[issuerView]{Items: []issuerView{}}}
	for _, i := range all {
		if access.Allows(c.token, access.Read, i.ID) {
			out.body.Items = append(out.body.Items, a.viewIssuer(i))
		}
	}
	return out, err
}

func (a *API) issuer(ctx context.Context, c call, _ empty) (reply[issuerView], error) {
	i, err := a.cfg.Issuers.Issuer(ctx, c.id())
	if err != nil {
		return reply[issuerView]{}, err
	}
	return reply[issuerView]{body: a.viewIssuer(i)}, c.permit(access.Read, i.ID)
}

func (a *API) viewIssuer(i catalog.Issuer) issuerView {
	out := issuerView{
		ID: i.ID, Slug: i.Slug, DID: i.DID, Name: i.Name, URL: i.URL, Email: i.Email, Description: i.Description,
		Language: i.Language, Algorithm: i.Algorithm, CreatedAt: written(i.CreatedAt),
	}
	if i.Image != nil {
		out.Image = &picture{Type: i.Image.Type, Alt: i.Image.Alt, URL: a.cfg.Issuers.IssuerImageURL(i)}
	}
	return out
}

// read decodes the picture of a body; what kind it really is, the catalogue finds out from the data.
func (p *picture) read() (*catalog.Image, error) {
	if p == nil {
		return nil, nil
	}
	data, err := base64.StdEncoding.Strict().DecodeString(p.Data)
	if err != nil {
		return nil, fault.New(fault.Invalid, err, "the picture is not base64").Code("base64.syntax").At("/image/data").
			Hint("use the standard alphabet with padding and without line breaks")
	}
	return &catalog.Image{Type: p.Type, Alt: p.Alt, Data: data}, nil
}
