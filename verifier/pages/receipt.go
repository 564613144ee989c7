package pages

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/receipt"
	"github.com/openlaurel/laurel/verifier/view"
	"github.com/openlaurel/laurel/web"
)

// Receipts makes and keeps signed receipts of results; *receipt.Service does.
type Receipts interface {
	Draft(r verifier.Result, p verifier.Policy) (string, error)
	Save(ctx context.Context, draft string, d receipt.Detail) (receipt.Saved, error)
	See(ctx context.Context, code string) (receipt.Saved, error)
}

// ReceiptPage is the data of page "receipt".
type ReceiptPage struct {
	web.Frame
	State, Tone string
	Receipt     receipt.Receipt
	Address     string // of this page
	Code        string
	ExpiresAt   time.Time
}

// Kept is for how many days a saved receipt is kept.
func Kept() int { return int(limits.ReceiptLife / (24 * time.Hour)) }

func (p *Pages) registerReceipts(r gin.IRouter) {
	r.POST("/receipts", p.handle(p.own(p.saveReceipt)))
	r.GET("/receipts/:code", p.handle(p.receipt))
	r.HEAD("/receipts/:code", p.handle(p.receipt))
}

// saveReceipt makes a receipt of the result that the visitor looks at. The draft in the form is sealed by us, so nobody can have
// a receipt of what was not found.
func (p *Pages) saveReceipt(c *gin.Context) error {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 4*limits.ReceiptBytes)
	if err := c.Request.ParseForm(); err != nil {
		return fault.New(fault.Invalid, err, "The form arrived damaged.").Code("form.malformed")
	}
	detail := receipt.Plain
	if c.Request.PostFormValue("names") == "on" {
		detail = receipt.Names
	}
	saved, err := p.c.Receipts.Save(c.Request.Context(), c.Request.PostFormValue("draft"), detail)
	if err == nil {
		c.Redirect(http.StatusSeeOther, "/receipts/"+saved.Code)
	}
	return err
}

// receipt shows what was found when, and gives the signed text and a document for paper.
func (p *Pages) receipt(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	c.Header("X-Robots-Tag", "noindex, nofollow")
	c.Header("Referrer-Policy", "no-referrer") // the address is the key
	code, extension, _ := strings.Cut(c.Param("code"), ".")
	saved, err := p.c.Receipts.See(c.Request.Context(), code)
	if err != nil {
		return err
	}
	page := receiptPage(saved)
	page.Address = p.c.BaseURL + "/receipts/" + code
	switch extension {
	case "":
		page.Frame = web.NewFrame(c.Request)
		page.NoIndex = true
		return p.c.Site.Respond(c.Writer, c.Request, http.StatusOK, "receipt", page)
	case "jwt":
		return download(c, "application/jwt", "receipt.jwt", saved.JWS)
	case "pdf":
		body, err := p.printReceipt(web.Locale(c.Writer, c.Request), page, saved.JWS)
		if err != nil {
			return err
		}
		return download(c, "application/pdf", "receipt.pdf", body)
	}
	return fault.New(fault.NotFound, nil, "there is no receipt here, or no longer").Code("receipt.unknown")
}

func download(c *gin.Context, media, name string, body []byte) error {
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	c.Header("X-Content-Type-Options", "nosniff")
	c.Data(http.StatusOK, media, body)
	return nil
}

func receiptPage(s receipt.Saved) ReceiptPage {
	r := verifier.Result{Verdict: verifier.Verdict(s.Receipt.Verdict)}
	for _, c := range s.Receipt.Checks {
		r.Checks = append(r.Checks, verifier.Check{ID: verifier.CheckID(c.ID), Outcome: verifier.Outcome(c.Outcome), Code: c.Code})
	}
	if m := s.Receipt.Record; m != nil {
		r.Record = &verifier.Record{Members: m.Members, Valid: m.Valid, Invalid: m.Invalid, Undecided: m.Undecided}
	}
	page := ReceiptPage{State: view.State(r), Receipt: s.Receipt, Code: s.Code, ExpiresAt: s.ExpiresAt}
	page.Tone = view.Tone(page.State)
	return page
}

// Checks are the checks as the layout shows them.
func (p ReceiptPage) Checks() (out []verifier.Check) {
	for _, c := range p.Receipt.Checks {
		out = append(out, verifier.Check{ID: verifier.CheckID(c.ID), Outcome: verifier.Outcome(c.Outcome), Code: c.Code})
	}
	return out
}

// Again is where the badge can be checked once more: with its link filled in, where the receipt tells it.
func (p ReceiptPage) Again() string {
	if n := p.Receipt.Names; n != nil && web.Linkable(n.ID) {
		return "/verify?" + url.Values{"url": {n.ID}}.Encode()
	}
	return "/verify"
}

// By is the domain of who signed, or its DID.
func (p ReceiptPage) By() string {
	host, isWeb := strings.CutPrefix(p.Receipt.Issuer, "did:web:")
	if !isWeb {
		return p.Receipt.Issuer
	}
	host, _, _ = strings.Cut(host, ":")
	return strings.ReplaceAll(host, "%3A", ":")
}

// About is whose badge it is about: the proven domain, else the identity that it names.
func (p ReceiptPage) About() string { return cmp.Or(p.Receipt.Badge.Domain, p.Receipt.Badge.Issuer) }
