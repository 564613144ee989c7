package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/receipt"
)

// ReceiptsPath is where a check ends in a signed receipt.
const ReceiptsPath = "/api/v1/receipts"

// Receipts signs and keeps receipts; *receipt.Service does.
type Receipts interface {
	Make(ctx context.Context, r verifier.Result, p verifier.Policy, d receipt.Detail) (receipt.Saved, error)
}

// NewReceipt is the answer to POST /api/v1/receipts.
type NewReceipt struct {
	URL       string          `json:"url" doc:"Where it can be seen until it ends; whoever has the link can."`
	ExpiresAt time.Time       `json:"expires_at"`
	Receipt   string          `json:"receipt" doc:"The receipt: a compact JWS with the typ laurel-receipt+jwt."`
	Result    verifier.Result `json:"result"`
}

// registerReceipts adds the route, and its description to doc unless that is nil.
func (a *API) registerReceipts(r gin.IRoutes, doc *huma.OpenAPI) {
	r.POST(ReceiptsPath, a.receipt)
	if doc != nil {
		describeReceipts(doc)
	}
}

func (a *API) receipt(g *gin.Context) {
	g.Header("Cache-Control", "no-store")
	out, err := a.newReceipt(g)
	if err != nil {
		a.fail(g, err)
		return
	}
	g.Header("Location", out.URL)
	g.JSON(http.StatusCreated, out)
}

func (a *API) newReceipt(g *gin.Context) (NewReceipt, error) {
	detail := receipt.Detail(g.DefaultQuery("detail", string(receipt.Plain)))
	if detail != receipt.Plain && detail != receipt.Names {
		return NewReceipt{}, fault.New(fault.Invalid, nil, "%.40q is neither plain nor names", string(detail)).Code("receipt.detail").At("/detail")
	}
	in, p, err := read(g.Request)
	if err != nil {
		return NewReceipt{}, err
	}
	result := a.cfg.Checker.Check(g.Request.Context(), in, p)
	a.cfg.Counter.Verification(string(result.Verdict))
	saved, err := a.cfg.Receipts.Make(g.Request.Context(), result, p, detail)
	if err != nil {
		return NewReceipt{}, err
	}
	return NewReceipt{a.cfg.BaseURL + "/receipts/" + saved.Code, saved.ExpiresAt, string(saved.JWS), result}, nil
}

func describeReceipts(doc *huma.OpenAPI) {
	reg := doc.Components.Schemas
	verify := doc.Paths[Path].Post
	failure := reg.Schema(reflect.TypeFor[problem.Document](), true, "Problem")
	op := &huma.Operation{
		Method: http.MethodPost, Path: ReceiptsPath, OperationID: "make-receipt", Tags: []string{"Verify"}, Summary: "Verify a credential and keep a signed receipt",
		Description: "Takes what /api/v1/verify takes. The receipt names the exact bytes by their digest, every check, when and by whom; nothing of the " +
			"person unless detail=names. It is kept for a bounded time under a link that nobody guesses. 422 receipt.nothing when no credential was found.",
		RequestBody: verify.RequestBody,
		Parameters: []*huma.Param{{Name: "detail", In: "query", Schema: &huma.Schema{
			Type: huma.TypeString, Enum: []any{string(receipt.Plain), string(receipt.Names)}, Description: "names: also the achievement and the recipient.",
		}}},
		Responses: map[string]*huma.Response{"201": answer(reg.Schema(reflect.TypeFor[NewReceipt](), true, "NewReceipt"), "The receipt, and the result.")},
	}
	for _, code := range []int{400, 413, 415, 422, 429, 500, 503} {
		op.Responses[strconv.Itoa(code)] = &huma.Response{
			Description: http.StatusText(code), Content: map[string]*huma.MediaType{problem.MediaType: {Schema: failure}},
		}
	}
	doc.AddOperation(op)
}
