package api

import (
	"context"
	"net/http"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
	"github.com/openlaurel/laurel/issuer/offer"
)

// Offers makes and finds claim links; *offer.Service satisfies it.
type Offers interface {
	Create(ctx context.Context, awardID string, o offer.Order) (offer.Fresh, error)
	Of(ctx context.Context, awardID string) ([]offer.Offer, error)
	Revoke(ctx context.Context, awardID, id, actor string) (offer.Offer, error)
}

// WalletLinks makes what opens a wallet with a claim link; see WalletLink.
type WalletLinks interface {
	WalletLinks(ctx context.Context, claim string) ([]WalletLink, error)
}

// WalletLink is what opens a wallet with the badge in one form.
type WalletLink struct {
	Configuration string `json:"configuration" doc:"The form, as the metadata of OpenID4VCI calls it."`
	Link          string `json:"link" doc:"With the offer by reference: good as long as the claim link."`
	ByValue       string `json:"by_value" doc:"With the offer inside: good for ten minutes."`
}

// MailFiles writes mails with claim links, for others to send.
type MailFiles interface {
	// Addressed is nil when a mail about the award can be written, else fault.Conflict.
	Addressed(ctx context.Context, a issuer.Award) error
	// Write writes it as a file (RFC 5322).
	Write(ctx context.Context, a issuer.Award, o offer.Fresh) ([]byte, error)
}

type offerRequest struct {
	TxCode    bool   `json:"tx_code,omitempty" doc:"Whether the wallet needs a code that reaches the learner by another way than the link."`
	ExpiresAt string `json:"expires_at,omitempty" format:"date-time" doc:"From five minutes to 366 days from now; 30 days when left out."`
	Note      string `json:"note,omitempty" maxLength:"500" doc:"One line for yourself, which the learner does not see."`
	Mail      bool   `json:"mail,omitempty" doc:"Whether the answer has a mail for the learner too, which you send."`
	Unbound   string `json:"unbound,omitempty" enum:"keep,supersede" doc:"Whether the files hold beside the wallet's copy; as the server is set when left out."`
}

type offerView struct {
	ID        string `json:"id"`
	Award     string `json:"award" doc:"Id of the award."`
	State     string `json:"state" enum:"open,used,expired,dead" doc:"dead: revoked, or its transaction code was wrong too often."`
	CreatedAt string `json:"created_at" format:"date-time"`
	CreatedBy string `json:"created_by,omitempty" doc:"Absent for the link that was made with the award."`
	ExpiresAt string `json:"expires_at" format:"date-time"`
	UsedAt    string `json:"used_at,omitempty" format:"date-time" doc:"When a wallet took the award by it."`
	RevokedAt string `json:"revoked_at,omitempty" format:"date-time"`
	AskedAt   string `json:"asked_at,omitempty" format:"date-time" doc:"When the learner asked for another link."`
	Guarded   bool   `json:"guarded" doc:"Whether it needs a transaction code."`
	Unbound   string `json:"unbound,omitempty" enum:"keep,supersede" doc:"What becomes of the files when a wallet takes it; absent: as the server is set."`
	Note      string `json:"note,omitempty"`
	ClaimURL  string `json:"claim_url,omitempty" format:"uri" doc:"The link for the learner, only in the answer that makes it."`
	TxCode    string `json:"tx_code,omitempty" doc:"The transaction code, only in the answer that makes it."`
	Mail      string `json:"mail,omitempty" doc:"A mail to the learner with the link, and the badge unless a code guards it (RFC 5322); told once."`

	WalletLinks []WalletLink `json:"wallet_links,omitempty" nullable:"false" doc:"For wallets of OpenID4VCI, only in the answer that makes it."`
}

const exampleOffer = `{
  "id": "off_m3p6r7s2t4u5v6w7y2x7n4q2k5",
  "award": "awd_x7n4q2k5m3p6r7s2t4u5v6w7y2",
  "state": "open",
  "created_at": "2026-01-31T09:00:02Z",
  "created_by": "tok_b2c3d4e5f6g7h2i3j4k5l6m7n2",
  "expires_at": "2026-02-07T09:00:02Z",
  "guarded": true,
  "claim_url": "https://badges.example.org/claim/q2k5m3p6r7s2t4u5v6w7y2x7n4",
  "tx_code": "493027"
}`

func (a *API) registerOffers() {
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/awards/{id}/offers", id: "createOffer", tag: "Awards", scope: access.Award,
		summary: "Make a further claim link", status: http.StatusCreated, errors: []int{404, 409, 415},
		description: "For a learner whose link has run out, or for a second wallet. The link, and the transaction code if one is " +
			"asked for, stand in this answer only. With a transaction code the link alone gives nothing away: a wallet asks for the code, which " +
			"you send by another way, and after five wrong ones the link is dead. With `unbound` `supersede` the files and other copies of " +
			"nobody in particular are revoked for good when a wallet takes the award by this link. With `mail` the answer has a mail " +
			"in the learner's language as a file (.eml) that any " +
			"mail program opens and any server sends; without an address of the learner that is 409. A revoked award is 409.",
		body: `{"tx_code":true,"expires_at":"2026-02-07T09:00:02Z"}`, answer: exampleOffer,
	}, a.createOffer)
	add(a, operation{
		method: http.MethodGet, path: "/api/v1/awards/{id}/offers", id: "listOffers", tag: "Awards", scope: access.Read,
		summary: "List the claim links of an award, newest first", status: http.StatusOK, errors: []int{404},
	}, a.offersOf)
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/awards/{id}/offers/{offer}/revocation", id: "revokeOffer", tag: "Awards", scope: access.Award,
		summary: "Revoke a claim link", status: http.StatusOK, errors: []int{404},
		description: "The link leads nowhere from then on, and codes that a wallet holds are not taken any more. What was issued by it stays " +
			"valid: revoke the award for that. Twice is no error.",
	}, a.revokeOffer)
}

func (a *API) viewOffer(o offer.Offer) offerView {
	return offerView{
		ID: o.ID, Award: o.AwardID, State: string(o.State(a.cfg.Clock())), CreatedAt: written(o.CreatedAt), CreatedBy: o.CreatedBy,
		ExpiresAt: written(o.ExpiresAt), UsedAt: written(o.UsedAt), RevokedAt: written(o.RevokedAt), AskedAt: written(o.AskedAt),
		Guarded: len(o.TxHash) > 0, Unbound: string(o.Unbound), Note: o.Note,
	}
}

func (a *API) viewOffers(all []offer.Offer) reply[page[offerView]] {
	out := reply[page[offerView]]{body: page[offerView]{Items: make([]offerView, len(all))}}
	for i, o := range all {
		out.body.Items[i] = a.viewOffer(o)
	}
	return out
}

func (a *API) createOffer(ctx context.Context, c call, in offerRequest) (reply[offerView], error) {
	found, err := a.find(ctx, c, access.Award)
	if err != nil {
		return reply[offerView]{}, err
	}
	o := offer.Order{Note: in.Note, Unbound: offer.Unbound(in.Unbound), Actor: c.token.ID}
	if in.TxCode {
		o.Guard = offer.WithTxCode
	}
	if o.ExpiresAt, err = moment("expires_at", in.ExpiresAt); err != nil {
		return reply[offerView]{}, err
	}
	if in.Mail {
		if a.cfg.MailFiles == nil {
			return reply[offerView]{}, fault.New(fault.NotFound, nil, "mails are not written here").Code("mail.none")
		}
		if err := a.cfg.MailFiles.Addressed(ctx, found); err != nil {
			return reply[offerView]{}, err
		}
	}
	made, err := a.cfg.Offers.Create(ctx, found.ID, o)
	if err != nil {
		return reply[offerView]{}, err
	}
	out := reply[offerView]{body: a.viewOffer(made.Offer)}
	out.body.ClaimURL, out.body.TxCode = a.cfg.BaseURL+"/claim/"+made.Code, made.TxCode
	if in.Mail {
		text, err := a.cfg.MailFiles.Write(ctx, found, made)
		if err != nil {
			return reply[offerView]{}, err
		}
		out.body.Mail = string(text)
	}
	if a.cfg.WalletLinks != nil {
		out.body.WalletLinks, err = a.cfg.WalletLinks.WalletLinks(ctx, made.Code)
	}
	return out, err
}

func (a *API) offersOf(ctx context.Context, c call, _ empty) (reply[page[offerView]], error) {
	found, err := a.find(ctx, c, access.Read)
	if err != nil {
		return reply[page[offerView]]{}, err
	}
	all, err := a.cfg.Offers.Of(ctx, found.ID)
	return a.viewOffers(all), err
}

func (a *API) revokeOffer(ctx context.Context, c call, _ empty) (reply[offerView], error) {
	found, err := a.find(ctx, c, access.Award)
	if err != nil {
		return reply[offerView]{}, err
	}
	o, err := a.cfg.Offers.Revoke(ctx, found.ID, c.g.Param("offer"), c.token.ID)
	return reply[offerView]{body: a.viewOffer(o)}, err
}

// issuerAsked is the issuer that the query names, or the only one of the token; "" means all.
func (a *API) issuerAsked(ctx context.Context, c call) (string, error) {
	ref := c.query("issuer")
	if ref == "" && c.token.IssuerID == "" {
		return "", nil
	}
	iss, err := a.issuerFor(ctx, c, ref, access.Read)
	return iss.ID, err
}
