package api

import (
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
)

// page is one page of a list. Next is the cursor of the next page, absent at the end.
type page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; absent at the end."`
}

type awardRequest struct {
	Issuer        string          `json:"issuer,omitempty" doc:"Id, slug or DID; may be left out when only one can be meant."`
	Achievement   string          `json:"achievement" doc:"Id, or slug under the issuer."`
	Recipient     awardRecipient  `json:"recipient"`
	ExternalID    string          `json:"external_id,omitempty" doc:"Your own id of the award, unique for the issuer."`
	AwardedAt     string          `json:"awarded_at,omitempty" format:"date-time" doc:"Now, when left out."`
	ExpiresAt     string          `json:"expires_at,omitempty" format:"date-time" doc:"Never, when left out."`
	ActivityStart string          `json:"activity_start,omitempty" format:"date-time"`
	ActivityEnd   string          `json:"activity_end,omitempty" format:"date-time"`
	Narrative     string          `json:"narrative,omitempty" doc:"What the recipient did, in Markdown."`
	Term          string          `json:"term,omitempty" doc:"The academic term."`
	Role          string          `json:"role,omitempty" doc:"The recipient's part in the activity."`
	Credits       *float64        `json:"credits,omitempty" doc:"Credits earned."`
	Evidence      []awardEvidence `json:"evidence,omitempty" nullable:"false"`
	Results       []awardResult   `json:"results,omitempty" nullable:"false"`
	Visibility    string          `json:"visibility,omitempty" enum:"public,unlisted,private" doc:"Of the page; unlisted when left out."`
}

type awardRecipient struct {
	Name     string `json:"name,omitempty" doc:"As it shall stand in the credential."`
	Email    string `json:"email,omitempty" doc:"Signed only as a salted hash."`
	ID       string `json:"id,omitempty" doc:"A DID or URI of the person."`
	Language string `json:"language,omitempty" doc:"Of mails to the person (BCP 47); that of the achievement when left out. Nothing signed has it."`
}

type awardEvidence struct {
	URL         string `json:"url,omitempty"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
	Narrative   string `json:"narrative,omitempty"`
	Genre       string `json:"genre,omitempty"`
	Audience    string `json:"audience,omitempty"`
}

type awardResult struct {
	Description string `json:"description,omitempty" doc:"Id of a result description of the achievement."`
	Value       string `json:"value,omitempty"`
	Status      string `json:"status,omitempty"`
}

type award struct {
	ID            string            `json:"id"`
	Issuer        string            `json:"issuer" doc:"Id of the issuer."`
	Achievement   string            `json:"achievement" doc:"Id of the achievement."`
	Version       int               `json:"achievement_version"`
	Recipient     awardRecipient    `json:"recipient"`
	ExternalID    string            `json:"external_id,omitempty"`
	AwardedAt     string            `json:"awarded_at" format:"date-time"`
	ExpiresAt     string            `json:"expires_at,omitempty" format:"date-time"`
	ActivityStart string            `json:"activity_start,omitempty" format:"date-time"`
	ActivityEnd   string            `json:"activity_end,omitempty" format:"date-time"`
	Narrative     string            `json:"narrative,omitempty"`
	Term          string            `json:"term,omitempty"`
	Role          string            `json:"role,omitempty"`
	Credits       *float64          `json:"credits,omitempty"`
	Evidence      []awardEvidence   `json:"evidence,omitempty" nullable:"false"`
	Results       []awardResult     `json:"results,omitempty" nullable:"false"`
	Visibility    string            `json:"visibility" enum:"public,unlisted,private"`
	Status        string            `json:"status" enum:"active,suspended,revoked"`
	Revocation    *revocation       `json:"revocation,omitempty"`
	Suspension    *suspension       `json:"suspension,omitempty"`
	ListOverdue   *overdue          `json:"list_overdue,omitempty" doc:"Only while the published status list lags behind what is recorded here."`
	ErasedAt      string            `json:"erased_at,omitempty" format:"date-time" doc:"When the learner erased their data: nothing here names them any more."`
	Batch         string            `json:"batch,omitempty"`
	CreatedAt     string            `json:"created_at" format:"date-time"`
	Page          string            `json:"page,omitempty" format:"uri" doc:"The badge page."`
	Credentials   []awardCredential `json:"credentials" nullable:"false"`
	ClaimURL      string            `json:"claim_url,omitempty" format:"uri" doc:"The link for the learner, only in the answer to the award."`
}

type awardCredential struct {
	ID         string `json:"id"`
	Form       string `json:"form" doc:"Securing form, such as ob-jwt."`
	Suite      string `json:"cryptosuite,omitempty" doc:"Of data-integrity."`
	Alg        string `json:"alg,omitempty" doc:"Signature algorithm; absent in what an earlier version made."`
	Holder     string `json:"holder,omitempty" doc:"Of a credential that is bound to a wallet: its DID, and the thumbprint of its key where one was given."`
	IssuedAt   string `json:"issued_at" format:"date-time"`
	Superseded string `json:"superseded_at,omitempty" format:"date-time" doc:"When a wallet's took its place; it is revoked since."`
	URL        string `json:"url" format:"uri" doc:"The credential's id; a page for browsers."`
	JWTURL     string `json:"jwt_url,omitempty" format:"uri" doc:"Not for data-integrity and vc-cose."`
	COSEURL    string `json:"cose_url,omitempty" format:"uri" doc:"For vc-cose only."`
	JSONURL    string `json:"json_url,omitempty" format:"uri" doc:"Not for SD-JWTs."`
	PNGURL     string `json:"png_url,omitempty" format:"uri" doc:"Baked picture; not for SD-JWTs and vc-cose."`
	SVGURL     string `json:"svg_url,omitempty" format:"uri" doc:"Baked picture; not for SD-JWTs and vc-cose."`
	QRPNGURL   string `json:"qr_png_url" format:"uri"`
	QRSVGURL   string `json:"qr_svg_url" format:"uri"`
}

type revocation struct {
	Award       string   `json:"award,omitempty" doc:"Id of the award."`
	RevokedAt   string   `json:"revoked_at" format:"date-time"`
	Reason      string   `json:"reason"`
	Code        string   `json:"code,omitempty"`
	ListOverdue *overdue `json:"list_overdue,omitempty" doc:"Only while the published status list lags behind."`
}

type suspension struct {
	SuspendedAt string `json:"suspended_at" format:"date-time"`
	Reason      string `json:"reason"`
	Code        string `json:"code,omitempty"`
}

// request turns the body into a request of the core, which checks what it means; here only times are read.
func (in awardRequest) request() (issuer.Request, error) {
	r := issuer.Request{
		AchievementRef: in.Achievement, Recipient: issuer.Recipient(in.Recipient), ExternalID: in.ExternalID,
		Narrative: in.Narrative, Term: in.Term, Role: in.Role, Credits: in.Credits, Visibility: issuer.Visibility(in.Visibility),
	}
	for _, f := range []struct {
		name, text string
		into       *time.Time
	}{
		{"awarded_at", in.AwardedAt, &r.AwardedAt}, {"expires_at", in.ExpiresAt, &r.ExpiresAt},
		{"activity_start", in.ActivityStart, &r.ActivityStart}, {"activity_end", in.ActivityEnd, &r.ActivityEnd},
	} {
		t, err := moment(f.name, f.text)
		if err != nil {
			return r, err
		}
		*f.into = t
	}
	for _, e := range in.Evidence {
		r.Evidence = append(r.Evidence, issuer.Evidence(e))
	}
	for _, x := range in.Results {
		r.Results = append(r.Results, issuer.Result(x))
	}
	return r, nil
}

// moment reads an optional time of a body.
func moment(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := credential.ParseTime(text)
	if err != nil {
		return t, fault.New(fault.Invalid, err, "%.40q is not a date and time with an offset", text).Code("time.syntax").
			At(ijson.Pointer("", name)).Hint("write it as 2026-01-31T09:00:00Z")
	}
	return t, nil
}

func (a *API) viewAward(x issuer.Award) award {
	out := award{
		ID: x.ID, Issuer: x.IssuerID, Achievement: x.AchievementID, Version: x.Version, Recipient: awardRecipient(x.Recipient),
		ExternalID: x.ExternalID, AwardedAt: written(x.AwardedAt), ExpiresAt: written(x.ExpiresAt),
		ActivityStart: written(x.ActivityStart), ActivityEnd: written(x.ActivityEnd), Narrative: x.Narrative, Term: x.Term,
		Role: x.Role, Credits: x.Credits, Visibility: string(x.Visibility), Batch: x.BatchID,
		CreatedAt: written(x.CreatedAt), ErasedAt: written(x.ErasedAt), Credentials: make([]awardCredential, len(x.Credentials)),
	}
	for _, e := range x.Evidence {
		out.Evidence = append(out.Evidence, awardEvidence(e))
	}
	for _, r := range x.Results {
		out.Results = append(out.Results, awardResult(r))
	}
	out.Status, out.ListOverdue = string(x.State()), a.overdueAward(x)
	if r := x.Revocation; r != nil {
		out.Revocation = &revocation{RevokedAt: written(r.At), Reason: r.Reason, Code: string(r.Code)}
	}
	if r := x.Suspension; r != nil {
		out.Suspension = &suspension{SuspendedAt: written(r.At), Reason: r.Reason, Code: string(r.Code)}
	}
	for i, c := range x.Credentials {
		out.Credentials[i] = a.viewCredential(c)
	}
	if current, ok := x.Current(); ok {
		out.Page = a.credentialURL(current.ID)
	}
	return out
}

func (a *API) viewCredential(c issuer.Credential) awardCredential {
	u := a.credentialURL(c.ID)
	out := awardCredential{
		ID: c.ID, Form: string(c.Form), Suite: c.Cryptosuite, Alg: string(c.Alg), Holder: c.Holder,
		IssuedAt: written(c.IssuedAt), Superseded: written(c.SupersededAt), URL: u, JWTURL: u + ".jwt", JSONURL: u + ".json",
		PNGURL: u + ".png", SVGURL: u + ".svg", QRPNGURL: u + ".qr.png", QRSVGURL: u + ".qr.svg",
	}
	switch c.Form {
	case proof.DataIntegrity:
		out.JWTURL = "" // JSON with the proof inside
	case proof.SDJWT, proof.VCSDJWT:
		out.JSONURL, out.PNGURL, out.SVGURL = "", "", ""
	case proof.VCCOSE:
		out.JWTURL, out.PNGURL, out.SVGURL, out.COSEURL = "", "", "", u+".cose" // no picture carries it (Open Badges 3.0 §5.3)
	}
	return out
}

// written is a time as the API writes it; "" for none.
func written(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return credential.FormatTime(t)
}
