package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	strict "github.com/go-json-experiment/json"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/problem"
	ask "github.com/openlaurel/laurel/verifier/request"
)

// RequestsPath is where wallets are asked for a badge.
const RequestsPath = "/api/v1/requests"

// Requests are the questions to wallets; *request.Service keeps them.
type Requests interface {
	Create(ctx context.Context, o ask.Order, by ask.Asker) (r ask.Request, transaction string, err error)
	See(ctx context.Context, id, transaction, code string) (ask.View, error)
	Erase(ctx context.Context, id, transaction string) error
}

// Wallets says how wallets are asked; *openid4vp.API does.
type Wallets interface {
	Preferred(ctx context.Context) ask.Client
	Usable(ctx context.Context, o ask.Order) error
	Link(ctx context.Context, r ask.Request, f ask.Flow) (string, error)
}

// NewRequest is the body of POST /api/v1/requests.
type NewRequest struct {
	Asker       string       `json:"asker" doc:"Who asks; the holder of the badge reads it."`
	Purpose     string       `json:"purpose" doc:"Why; the holder of the badge reads it."`
	Achievement string       `json:"achievement,omitempty" doc:"Id of an achievement, or of all its versions; any, when left out."`
	Issuers     []string     `json:"issuers,omitempty" doc:"DIDs, addresses or domains, one of which issued the badge."`
	Since       time.Time    `json:"since,omitzero" doc:"The badge is valid from then on or later."`
	Policy      string       `json:"policy,omitempty" doc:"default, compatible or any-issuer-unsafe."`
	Formats     []ask.Format `json:"formats,omitempty" doc:"dc+sd-jwt, jwt_vc_json, ldp_vc; all, when left out."`
	Claims      []ask.Claim  `json:"claims,omitempty" doc:"name, result, evidence: shown besides, where the holder agrees. For dc+sd-jwt; the others show all."`
	Dialect     ask.Dialect  `json:"dialect,omitempty" doc:"openid4vp (1.0), openid4vp-draft (drafts 18 to 24) or vc-api (VCALM exchange)."`
	Client      ask.Client   `json:"client,omitempty" doc:"redirect_uri, decentralized_identifier, x509_san_dns or x509_hash."`
	Encrypted   bool         `json:"encrypted,omitempty" doc:"The answer comes encrypted (direct_post.jwt)."`

	ReturnTo string `json:"return_to,omitempty" doc:"Your page (https), to which a wallet on the same device leads back with response_code. Needs a token."`

	Compatible []ask.Compatibility `json:"compatible,omitempty" doc:"ed25519-signature-2020 (vc-api); without-state: for wallets that return none."`
}

// RequestView is how a request stands.
type RequestView struct {
	ID          string       `json:"id"`
	State       ask.State    `json:"state" doc:"open, answered, declined or expired."`
	Transaction string       `json:"transaction_id,omitempty" doc:"The secret with which the answer is fetched, shown this once."`
	ExpiresAt   time.Time    `json:"expires_at"`
	CrossDevice string       `json:"cross_device,omitempty" doc:"The link that a wallet on another device scans."`
	SameDevice  string       `json:"same_device,omitempty" doc:"The link for a wallet on the device that shows it; only with return_to."`
	NeedsCode   bool         `json:"needs_response_code,omitempty" doc:"The answer was given on the same device: response_code must come too."`
	Outcome     *ask.Outcome `json:"outcome,omitempty"`
}

// registerRequests adds the routes of requests, and their description to doc unless that is nil.
func (a *API) registerRequests(r gin.IRoutes, doc *huma.OpenAPI) {
	r.POST(RequestsPath, a.createRequest)
	r.GET(RequestsPath+"/:id", a.seeRequest)
	r.DELETE(RequestsPath+"/:id", a.eraseRequest)
	if doc != nil {
		describeRequests(doc)
	}
}

func (a *API) createRequest(g *gin.Context) {
	g.Header("Cache-Control", "no-store")
	view, err := a.newRequest(g)
	if err != nil {
		a.fail(g, err)
		return
	}
	g.Header("Location", RequestsPath+"/"+view.ID)
	g.JSON(http.StatusCreated, view)
}

// bearer is the secret of the header Authorization, or empty.
func bearer(g *gin.Context) string {
	secret, _ := strings.CutPrefix(g.GetHeader("Authorization"), "Bearer ")
	return secret
}

func (a *API) newRequest(g *gin.Context) (RequestView, error) {
	by, err := a.cfg.Asker(g)
	if err != nil {
		return RequestView{}, err
	}
	in, err := readRequest(g.Request)
	if err != nil {
		return RequestView{}, err
	}
	ctx := g.Request.Context()
	o := ask.Order{Dialect: in.Dialect, Client: in.Client, Encrypted: in.Encrypted, Compatible: in.Compatible, ReturnTo: in.ReturnTo, Question: ask.Question{
		Asker: in.Asker, Purpose: in.Purpose, Achievement: in.Achievement, Issuers: in.Issuers, Since: in.Since, Policy: in.Policy,
		Formats: in.Formats, Claims: in.Claims,
	}}
	if o.Dialect == "" {
		o.Dialect = ask.OpenID4VP
	}
	if o.Client == "" && o.Dialect != ask.VCAPI {
		o.Client = a.cfg.Wallets.Preferred(ctx)
	}
	if err := a.cfg.Wallets.Usable(ctx, o); err != nil {
		return RequestView{}, err
	}
	r, transaction, err := a.cfg.Requests.Create(ctx, o, by)
	if err != nil {
		return RequestView{}, err
	}
	out := RequestView{ID: r.ID, State: r.State, Transaction: transaction, ExpiresAt: r.ExpiresAt}
	return out, a.link(ctx, r, &out)
}

// link adds the links for wallets to the view of an open request.
func (a *API) link(ctx context.Context, r ask.Request, out *RequestView) (err error) {
	if out.CrossDevice, err = a.cfg.Wallets.Link(ctx, r, ask.CrossDevice); err != nil || r.ReturnTo == "" {
		return err
	}
	out.SameDevice, err = a.cfg.Wallets.Link(ctx, r, ask.SameDevice)
	return err
}

func readRequest(r *http.Request) (NewRequest, error) {
	var in NewRequest
	if media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(media), "application/json") {
		return in, fault.New(fault.Unsupported, nil, "the request is expected as JSON").Code("request.media_type").
			Hint("send the header Content-Type: application/json")
	}
	body, err := all(r.Body, limits.TextBytes)
	if err != nil {
		return in, err
	}
	if err := strict.Unmarshal(body, &in, strict.RejectUnknownMembers(true)); err != nil {
		return in, syntax("json.syntax", "", "the request is not JSON of the members that are described", err)
	}
	return in, nil
}

func (a *API) seeRequest(g *gin.Context) {
	g.Header("Cache-Control", "no-store")
	v, err := a.cfg.Requests.See(g.Request.Context(), g.Param("id"), bearer(g), g.Query("response_code"))
	if err != nil {
		a.fail(g, err)
		return
	}
	out := RequestView{ID: v.ID, State: v.State, ExpiresAt: v.ExpiresAt, NeedsCode: v.NeedsCode, Outcome: v.Outcome}
	if v.State == ask.Open {
		if err := a.link(g.Request.Context(), v.Request, &out); err != nil {
			a.fail(g, err)
			return
		}
	}
	g.JSON(http.StatusOK, out)
}

func (a *API) eraseRequest(g *gin.Context) {
	g.Header("Cache-Control", "no-store")
	if err := a.cfg.Requests.Erase(g.Request.Context(), g.Param("id"), bearer(g)); err != nil {
		a.fail(g, err)
		return
	}
	g.Status(http.StatusNoContent)
}

// describeRequests adds the operations to the document.
func describeRequests(doc *huma.OpenAPI) {
	reg := doc.Components.Schemas
	view := reg.Schema(reflect.TypeFor[RequestView](), true, "Request")
	failure := reg.Schema(reflect.TypeFor[problem.Document](), true, "Problem")
	responses := func(status string, about string, example string, failures ...int) map[string]*huma.Response {
		out := map[string]*huma.Response{status: {Description: about, Content: map[string]*huma.MediaType{
			"application/json": {Schema: view, Example: json.RawMessage(example)},
		}}}
		for _, code := range failures {
			out[strconv.Itoa(code)] = &huma.Response{Description: http.StatusText(code), Content: map[string]*huma.MediaType{problem.MediaType: {Schema: failure}}}
		}
		return out
	}
	doc.AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: RequestsPath, OperationID: "ask-wallet", Tags: []string{"Verify"}, Summary: "Ask a wallet for a badge",
		Description: "Makes a question that one wallet can answer once, within ten minutes. Keep transaction_id: only with it the answer can be fetched.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: reg.Schema(reflect.TypeFor[NewRequest](), true, "NewRequest"), Example: json.RawMessage(exampleAsk)},
		}},
		Responses: responses("201", "The request, and the link for the wallet.", exampleOpen, 400, 401, 413, 415, 429, 500, 503),
	})
	doc.AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: RequestsPath + "/{id}", OperationID: "wallet-answer", Tags: []string{"Verify"}, Summary: "How a wallet answered",
		Description: "Send transaction_id as bearer token. Anybody else gets 403, whether or not there is such a request.",
		Parameters: []*huma.Param{
			{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "response_code", In: "query", Schema: &huma.Schema{Type: huma.TypeString}, Description: "What the wallet on the same device was given."},
		},
		Responses: responses("200", "How it stands, and every check when it was answered.", exampleAnswered, 403, 429, 500),
	})
	erase := responses("204", "Request and answer are forgotten.", exampleAnswered, 403, 429, 500)
	erase["204"].Content = nil
	doc.AddOperation(&huma.Operation{
		Method: http.MethodDelete, Path: RequestsPath + "/{id}", OperationID: "erase-wallet-answer", Tags: []string{"Verify"},
		Summary:     "Forget a question and its answer",
		Description: "Send transaction_id as bearer token. Nothing is kept; by itself it is forgotten 40 minutes after the question.",
		Parameters:  []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}},
		Responses:   erase,
	})
}

// The examples of the document.
const (
	exampleAsk  = `{"asker":"Clinic Nairobi","purpose":"Application as a nurse","issuers":["badges.example.org"]}`
	exampleOpen = `{"id":"k3m5p7r2t4v6x2z4b6d2f4h6j2","state":"open","transaction_id":"v0m3Z1kq2W4x6Yb8d0f2h4j6l8n0p2r4t6v8x0z2B4D",` +
		`"expires_at":"2026-02-03T10:10:00Z","cross_device":"openid4vp://?client_id=decentralized_identifier%3Adid%3Aweb%3Abadges.example.org` +
		`&request_uri=https%3A%2F%2Fbadges.example.org%2Fopenid4vp%2Fk3m5p7r2t4v6x2z4b6d2f4h6j2%2Fx%2Frequest&request_uri_method=post"}`
	exampleAnswered = `{"id":"k3m5p7r2t4v6x2z4b6d2f4h6j2","state":"answered","expires_at":"2026-02-03T10:10:00Z",` +
		`"outcome":{"verdict":"valid","flow":"cross-device","warnings":["request.cross_device"]}}`
)
