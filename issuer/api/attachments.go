package api

import (
	"context"
	"net/http"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
)

// Attachments puts endorsements into what is awarded; *issuer.Service satisfies it.
type Attachments interface {
	Attach(ctx context.Context, signed []byte, actor string, may func(issuerID string) error) (issuer.Attachment, error)
	Attachments(ctx context.Context, target string) ([]issuer.Attachment, error)
	Attachment(ctx context.Context, id string) (issuer.Attachment, error)
	Detach(ctx context.Context, id, actor string) error
}

type attachmentRequest struct {
	Endorsement string `json:"endorsement" doc:"The endorsement as it was signed: a compact JWS, or JSON with its proof inside, as a text."`
}

type attachmentView struct {
	ID          string `json:"id"`
	Issuer      string `json:"issuer" doc:"Whose profile or achievement it is about."`
	Target      string `json:"target" doc:"DID of the issuer, or address of the achievement's version."`
	By          string `json:"by" doc:"Who endorses."`
	Name        string `json:"name"`
	Endorsement string `json:"endorsement,omitempty" doc:"Id of our own endorsement."`
	ExpiresAt   string `json:"expires_at,omitempty" format:"date-time"`
	CreatedAt   string `json:"created_at" format:"date-time"`
}

func (a *API) registerAttachments() {
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/attachments", id: "attachEndorsement", tag: "Endorsements", scope: access.Award,
		summary: "Put an endorsement into what is awarded from now on", status: http.StatusCreated, errors: []int{409, 413, 415},
		description: "Yours or one that you received. It must be about one of your issuers, or the version of one of your achievements, and it is " +
			"verified first: one that does not hold, or for whose issuer nobody on the trust list vouches, is refused. The same one again is no error.",
		body: `{"endorsement":"eyJ…"}`,
	}, a.attach)
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/attachments", id: "listAttachments", tag: "Endorsements", scope: access.Read,
		summary: "List the endorsements of an issuer or an achievement", status: http.StatusOK,
		params: []parameter{{name: "target", in: "query", kind: "string", about: "DID of the issuer, or address of the achievement's version."}},
	}, a.attachments)
	add(a, operation{
		method: http.MethodDelete, path: "/api/v1/attachments/{id}", id: "detachEndorsement", tag: "Endorsements", scope: access.Award,
		summary: "Take an endorsement off", status: http.StatusNoContent, errors: []int{404},
		description: "What was awarded with it keeps it.",
	}, a.detach)
}

func (a *API) attach(ctx context.Context, c call, in attachmentRequest) (reply[attachmentView], error) {
	done, err := a.cfg.Attachments.Attach(ctx, []byte(in.Endorsement), c.token.ID, func(issuerID string) error { return c.permit(access.Award, issuerID) })
	if err != nil {
		return reply[attachmentView]{}, err
	}
	return reply[attachmentView]{body: viewAttachment(done)}, nil
}

func (a *API) attachments(ctx context.Context, c call, _ empty) (reply[page[attachmentView]], error) {
	target := c.query("target")
	if target == "" {
		return reply[page[attachmentView]]{}, wrongQuery("target", "the DID of an issuer or the address of an achievement is expected")
	}
	found, err := a.cfg.Attachments.Attachments(ctx, target)
	out := reply[page[attachmentView]]{body: page[attachmentView]{Items: []attachmentView{}}}
	for _, x := range found {
		if access.Allows(c.token, access.Read, x.IssuerID) {
			out.body.Items = append(out.body.Items, viewAttachment(x))
		}
	}
	return out, err
}

func (a *API) detach(ctx context.Context, c call, _ empty) (reply[empty], error) {
	x, err := a.cfg.Attachments.Attachment(ctx, c.id())
	if err == nil && !access.Allows(c.token, access.Award, x.IssuerID) {
		err = fault.New(fault.NotFound, nil, "there is no such attachment").Code("attachment.not_found")
	}
	if err != nil {
		return reply[empty]{}, err
	}
	return reply[empty]{}, a.cfg.Attachments.Detach(ctx, x.ID, c.token.ID)
}

func viewAttachment(x issuer.Attachment) attachmentView {
	return attachmentView{
		ID: x.ID, Issuer: x.IssuerID, Target: x.Target, By: x.By, Name: x.Name, Endorsement: x.Statement,
		ExpiresAt: written(x.ExpiresAt), CreatedAt: written(x.CreatedAt),
	}
}
