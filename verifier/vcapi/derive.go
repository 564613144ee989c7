package vcapi

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
)

// DerivePath is where a holder has a credential cut down to what it wants to show.
const DerivePath = "/credentials/derive"

// derive answers 201 with a credential that shows what is mandatory and what options.selectivePointers name. It needs no
// key: whoever has a base proof can do the same.
func (a *API) derive(g *gin.Context) {
	doc, o, err := a.read(g.Request, "verifiableCredential")
	if err != nil {
		a.reply(g, refusal(err))
		return
	}
	var with []jsonld.Option
	if a.cfg.Mode == ConformanceUnsafe {
		with = append(with, jsonld.Inline())
	}
	if o.malformed {
		a.reply(g, refusal(fault.Wrong("json.type", "/options/selectivePointers", "selectivePointers is a list of JSON pointers")))
		return
	}
	out, err := ecdsasd.Derive(doc, o.pointers, with...)
	if err != nil {
		a.reply(g, refusal(err))
		return
	}
	a.write(g, http.StatusCreated, "application/json", struct {
		Credential jsontext.Value `json:"verifiableCredential"`
	}{out})
}

// selective reads options.selectivePointers.
func (o *options) selective(given ijson.Value) {
	v, has := given.Get("selectivePointers")
	o.pointers = v.Texts()
	o.malformed = has && (v.Kind() != ijson.Array || len(o.pointers) != len(v.Elems()))
}
