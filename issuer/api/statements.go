package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/access"
)

// Statements makes and finds learner records and endorsements; *issuer.Service satisfies it.
type Statements interface {
	Record(ctx context.Context, r issuer.RecordRequest) (x issuer.Statement, replayed bool, err error)
	Endorse(ctx context.Context, r issuer.EndorseRequest) (x issuer.Statement, replayed bool, err error)
	Statement(ctx context.Context, id string) (issuer.Statement, error)
	Statements(ctx context.Context, f issuer.StatementFilter) (page []issuer.Statement, next string, err error)
	RevokeStatement(ctx context.Context, id string, step issuer.Step) (issuer.Statement, error)
	StatementURL(x issuer.Statement) string
}

type recordRequest struct {
	Issuer       string              `json:"issuer,omitempty" doc:"Id, slug or DID; may be left out when only one can be meant."`
	Awards       []string            `json:"awards,omitempty" nullable:"false" doc:"Ids of the awards that go in; or say whose, in recipient."`
	Recipient    *recordRecipient    `json:"recipient,omitempty" doc:"Whose awards all go in, as far as they hold."`
	Name         string              `json:"name,omitempty" doc:"Of the record, such as Transcript."`
	Description  string              `json:"description,omitempty"`
	Partial      *bool               `json:"partial,omitempty" doc:"That you know of more than stands in it. Found out when left out."`
	Associations []recordAssociation `json:"associations,omitempty" nullable:"false" doc:"How achievements belong together."`
	Form         string              `json:"form,omitempty" enum:"ob-jwt,vc-jwt,data-integrity" doc:"Securing form; ob-jwt when left out."`
	Cryptosuite  string              `json:"cryptosuite,omitempty" doc:"Of data-integrity."`
	Alg          string              `json:"alg,omitempty" doc:"Algorithm of the signature."`
	ExternalID   string              `json:"external_id,omitempty" doc:"Your own id of the record; the same twice is one record."`
}

type recordRecipient struct {
	Email string `json:"email,omitempty"`
	ID    string `json:"id,omitempty" doc:"The DID or URI that the awards name."`
}

type recordAssociation struct {
	Type   string `json:"type" enum:"exactMatchOf,isChildOf,isParentOf,isPartOf,isPeerOf,isRelatedTo,precedes,replacedBy"`
	Source string `json:"source" doc:"Id of an award of the record, or id or slug of an achievement."`
	Target string `json:"target" doc:"As source."`
}

// secured is how a statement is signed.
func secured(form, suite, alg string) issuer.As {
	return issuer.As{Form: proof.Form(form), Cryptosuite: suite, Alg: keys.Algorithm(alg)}
}

type endorsementRequest struct {
	Issuer      string `json:"issuer,omitempty" doc:"Who endorses: id, slug or DID."`
	Achievement string `json:"achievement,omitempty" doc:"What is endorsed: one of our achievements, by id, or slug under the issuer."`
	Version     int    `json:"version,omitempty" doc:"Of the achievement; the newest when left out."`
	Profile     string `json:"profile,omitempty" doc:"What is endorsed: one of our issuers, by id, slug or DID."`
	Credential  string `json:"credential,omitempty" doc:"What is endorsed: one of our credentials, by id or address."`
	Of          string `json:"of,omitempty" doc:"What is endorsed: anything else, by its DID or URI."`
	Name        string `json:"name,omitempty"`
	Comment     string `json:"comment,omitempty" doc:"What is said, in Markdown."`
	ExpiresAt   string `json:"expires_at,omitempty" format:"date-time"`
	Form        string `json:"form,omitempty" enum:"ob-jwt,vc-jwt,data-integrity" doc:"Securing form; ob-jwt when left out."`
	Cryptosuite string `json:"cryptosuite,omitempty" doc:"Of data-integrity."`
	Alg         string `json:"alg,omitempty" doc:"Algorithm of the signature."`
	ExternalID  string `json:"external_id,omitempty" doc:"Your own id of the endorsement; the same twice is one endorsement."`
}

type statementView struct {
	ID          string      `json:"id"`
	Issuer      string      `json:"issuer" doc:"Id of the issuer."`
	Name        string      `json:"name"`
	About       string      `json:"about" doc:"Of an endorsement, what is endorsed; of a record, its subject; of a credential, its id."`
	Awards      []string    `json:"awards,omitempty" nullable:"false" doc:"Of a record: the awards in it."`
	ExternalID  string      `json:"external_id,omitempty"`
	Form        string      `json:"form"`
	Status      string      `json:"status" enum:"active,revoked"`
	Revocation  *revocation `json:"revocation,omitempty"`
	ListOverdue *overdue    `json:"list_overdue,omitempty" doc:"Only while the published status list lags behind what is recorded here."`
	CreatedAt   string      `json:"created_at" format:"date-time"`
	ExpiresAt   string      `json:"expires_at,omitempty" format:"date-time"`
	URL         string      `json:"url" format:"uri" doc:"The credential's id, and where it is; what a platform wrote is nowhere."`
	JSONURL     string      `json:"json_url,omitempty" format:"uri"`
	PNGURL      string      `json:"png_url,omitempty" format:"uri" doc:"Baked picture of a record."`
	SVGURL      string      `json:"svg_url,omitempty" format:"uri" doc:"Baked picture of a record."`
	Signed      string      `json:"signed,omitempty" doc:"The signed bytes; not in lists."`
}

const exampleStatement = `{"id":"rec_x7n4q2k5m3p6r7s2t4u5v6w7y2","issuer":"iss_x7n4q2k5m3p6r7s2t4u5v6w7y2","name":"Transcript",
"about":"urn:uuid:7c9e6679-7425-40de-944b-e07fc1f90ae7","awards":["awd_x7n4q2k5m3p6r7s2t4u5v6w7y2"],"form":"ob-jwt","status":"active",
"created_at":"2026-02-03T10:00:00Z","url":"https://badges.example.org/records/x7n4q2k5m3p6r7s2t4u5v6w7y2",
"json_url":"https://badges.example.org/records/x7n4q2k5m3p6r7s2t4u5v6w7y2.json","signed":"eyJ…"}`

func (a *API) registerStatements() {
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/records", id: "createRecord", tag: "Records", scope: access.Award,
		summary: "Put several awards of one recipient into a learner record (CLR 2.0)", status: http.StatusCreated, errors: []int{409, 413, 415},
		description: "Signs and stores the record before it answers. It has a status of its own; that of each credential in it stays its own, too. " +
			"The same request again under the same external_id answers 200 with the first record.",
		body:   `{"recipient":{"email":"amina@example.org"},"name":"Transcript","associations":[{"type":"isPartOf","source":"first-aid","target":"health-worker"}]}`,
		answer: exampleStatement,
	}, a.addRecord)
	add(a, operation{
		method: http.MethodPost, path: "/api/v1/endorsements", id: "createEndorsement", tag: "Endorsements", scope: access.Award,
		summary: "Endorse an achievement, an issuer or a credential", status: http.StatusCreated, errors: []int{409, 413, 415},
		description: "Exactly one of achievement, profile, credential and of says what is endorsed. Attach it, so that it stands in what is awarded " +
			"from then on, or send it to whom it is about.",
		body: `{"achievement":"first-aid","comment":"We take this as proof of first aid."}`,
	}, a.addEndorsement)
	for _, k := range [...]struct {
		kind              issuer.StatementKind
		place, one, which string
	}{
		{issuer.LearnerRecord, "records", "Record", "a learner record"}, {issuer.Endorsement, "endorsements", "Endorsement", "an endorsement"},
		{issuer.Written, "credentials", "Credential", "a credential that a platform had signed through the VC-API"},
	} {
		tag := k.one + "s"
		add(a, operation{
			method: http.MethodGet, path: "/api/v1/" + k.place, id: "list" + tag, tag: tag, scope: access.Read,
			summary: "List " + k.place + ", newest first", status: http.StatusOK,
			params: []parameter{
				{name: "issuer", in: "query", kind: "string", about: "Id, slug or DID."},
				{name: "about", in: "query", kind: "string", about: "What is endorsed, the subject of a record, or the id of a credential."},
				{name: "limit", in: "query", kind: "integer", about: "1 to 200, 50 by default."},
				{name: "cursor", in: "query", kind: "string", about: "The next of the page before."},
			},
		}, a.statementsOf(k.kind))
		add(a, operation{
			method: http.MethodGet, path: "/api/v1/" + k.place + "/{id}", id: "get" + k.one, tag: tag, scope: access.Read,
			summary: "Read " + k.which, status: http.StatusOK, errors: []int{404},
		}, func(ctx context.Context, c call, _ empty) (reply[statementView], error) {
			x, err := a.findStatement(ctx, c, k.kind, access.Read)
			return reply[statementView]{body: a.viewStatement(x)}, err
		})
		add(a, operation{
			method: http.MethodPost, path: "/api/v1/" + k.place + "/{id}/revocation", id: "revoke" + k.one, tag: tag, scope: access.Revoke,
			summary: "Revoke " + k.which, status: http.StatusOK, errors: []int{404, 415},
			description: "Publishes the status before it answers. It is final. Again is no error, and keeps the first reason.",
			body:        `{"reason":"It was made for the wrong learner."}`,
		}, a.revokeStatement(k.kind))
	}
}

func (a *API) addRecord(ctx context.Context, c call, in recordRequest) (reply[statementView], error) {
	iss, err := a.issuerFor(ctx, c, in.Issuer, access.Award)
	if err != nil {
		return reply[statementView]{}, err
	}
	r := issuer.RecordRequest{
		IssuerRef: iss.ID, Awards: in.Awards, Name: in.Name, Description: in.Description, Partial: in.Partial, As: secured(in.Form, in.Cryptosuite, in.Alg),
		ExternalID: in.ExternalID, Actor: c.token.ID,
	}
	if in.Recipient != nil {
		r.Recipient = issuer.Recipient{Email: in.Recipient.Email, ID: in.Recipient.ID}
	}
	for _, x := range in.Associations {
		r.Associations = append(r.Associations, issuer.Association(x))
	}
	return a.made(a.cfg.Statements.Record(ctx, r))
}

func (a *API) addEndorsement(ctx context.Context, c call, in endorsementRequest) (reply[statementView], error) {
	iss, err := a.issuerFor(ctx, c, in.Issuer, access.Award)
	if err != nil {
		return reply[statementView]{}, err
	}
	until, err := moment("expires_at", in.ExpiresAt)
	if err != nil {
		return reply[statementView]{}, err
	}
	return a.made(a.cfg.Statements.Endorse(ctx, issuer.EndorseRequest{
		IssuerRef: iss.ID, Achievement: in.Achievement, Version: in.Version, Profile: in.Profile, Credential: in.Credential, Of: in.Of,
		Name: in.Name, Comment: in.Comment, ExpiresAt: until, As: secured(in.Form, in.Cryptosuite, in.Alg), ExternalID: in.ExternalID, Actor: c.token.ID,
	}))
}

// made answers to a request that makes a statement.
func (a *API) made(x issuer.Statement, replayed bool, err error) (reply[statementView], error) {
	if err != nil {
		return reply[statementView]{}, mentioned(err)
	}
	out := reply[statementView]{body: a.viewStatement(x), header: map[string]string{
		"Location": a.cfg.BaseURL + "/api/v1/" + string(x.Kind) + "s/" + x.ID,
	}}
	if replayed {
		out.status, out.header["Idempotent-Replayed"] = http.StatusOK, "true"
	}
	return out, nil
}

func (a *API) statementsOf(kind issuer.StatementKind) func(context.Context, call, empty) (reply[page[statementView]], error) {
	return func(ctx context.Context, c call, _ empty) (reply[page[statementView]], error) {
		f := issuer.StatementFilter{Kind: kind, About: c.query("about"), Cursor: c.query("cursor")}
		if ref := c.query("issuer"); ref != "" || c.token.IssuerID != "" {
			iss, err := a.issuerFor(ctx, c, ref, access.Read)
			if err != nil {
				return reply[page[statementView]]{}, err
			}
			f.IssuerID = iss.ID
		}
		var err error
		if f.Limit, err = queryNumber(c, "limit", pageDefault, pageMost); err != nil {
			return reply[page[statementView]]{}, err
		}
		found, next, err := a.cfg.Statements.Statements(ctx, f)
		out := reply[page[statementView]]{body: page[statementView]{Items: make([]statementView, len(found)), Next: next}}
		for i, x := range found {
			out.body.Items[i] = a.viewStatement(x)
		}
		if next != "" {
			q := c.g.Request.URL.Query()
			q.Set("cursor", next)
			out.header = map[string]string{"Link": "<" + a.cfg.BaseURL + "/api/v1/" + string(kind) + "s?" + q.Encode() + `>; rel="next"`}
		}
		return out, err
	}
}

// findStatement returns the statement of the path. One of another kind, or another issuer's, answers as an unknown one.
func (a *API) findStatement(ctx context.Context, c call, kind issuer.StatementKind, scope access.Scope) (issuer.Statement, error) {
	x, err := a.cfg.Statements.Statement(ctx, c.id())
	if err != nil && !fault.Is(err, fault.NotFound) {
		return issuer.Statement{}, err
	}
	if err != nil || x.Kind != kind || !access.Allows(c.token, scope, x.IssuerID) {
		return issuer.Statement{}, fault.New(fault.NotFound, err, "there is no such %s", kind).Code("statement.not_found")
	}
	return x, nil
}

func (a *API) revokeStatement(kind issuer.StatementKind) func(context.Context, call, revocationRequest) (reply[statementView], error) {
	return func(ctx context.Context, c call, in revocationRequest) (reply[statementView], error) {
		before, err := a.findStatement(ctx, c, kind, access.Revoke)
		if err != nil {
			return reply[statementView]{}, err
		}
		x, err := a.cfg.Statements.RevokeStatement(ctx, before.ID, issuer.Step{Reason: in.Reason, Code: issuer.ReasonCode(in.Code), Actor: c.token.ID})
		return reply[statementView]{body: a.viewStatement(x)}, err
	}
}

func (a *API) viewStatement(x issuer.Statement) statementView {
	if x.ID == "" {
		return statementView{}
	}
	u := a.cfg.Statements.StatementURL(x)
	out := statementView{
		ID: x.ID, Issuer: x.IssuerID, Name: x.Name, About: x.About, Awards: x.Awards, ExternalID: x.ExternalID, Form: string(x.Form),
		Status: "active", CreatedAt: written(x.CreatedAt), ExpiresAt: written(x.ExpiresAt), URL: u, JSONURL: u + ".json",
		Signed: strings.TrimSpace(string(x.Signed)), ListOverdue: a.overdueOf(x.StatusList),
	}
	if x.Kind == issuer.Written {
		out.JSONURL = ""
	}
	if x.Kind == issuer.LearnerRecord {
		out.PNGURL, out.SVGURL = u+".png", u+".svg"
	}
	if x.Revocation != nil {
		out.Status = "revoked"
		out.Revocation = &revocation{RevokedAt: written(x.Revocation.At), Reason: x.Revocation.Reason, Code: string(x.Revocation.Code)}
	}
	return out
}
