//go:build js && wasm

// Command wasm is the verifier for browsers: GOOS=js GOARCH=wasm. It checks files where they are, without a network and without
// handing them to anybody, by a pack of package offline, and writes the page of results in the visitor's language.
//
// It is built by make build and runs in a worker (web/static/check-worker.js), which calls laurelCheck. It fetches nothing.
package main

import (
	"bytes"
	"context"
	"fmt"
	"syscall/js"
	"time"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/offline"
	"github.com/openlaurel/laurel/verifier/view"
	"github.com/openlaurel/laurel/web"
)

func main() {
	b := &browser{site: web.New()}
	js.Global().Set("laurelCheck", js.FuncOf(b.check))
	select {}
}

// browser keeps what the next check needs again.
type browser struct {
	site     *web.Site
	text     string // of the pack that verifier goes by
	pack     offline.Pack
	verifier *verifier.Verifier
}

// check is laurelCheck({pack, lang, files: [{name, data: Uint8Array}], recipient}). It returns {html} or {error}.
func (b *browser) check(_ js.Value, args []js.Value) (answer any) {
	defer func() {
		if p := recover(); p != nil {
			answer = map[string]any{"error": fmt.Sprint(p)}
		}
	}()
	html, err := b.page(args[0])
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return map[string]any{"html": html}
}

func (b *browser) page(request js.Value) (string, error) {
	if err := b.use(request.Get("pack").String()); err != nil {
		return "", err
	}
	var rows []view.Row
	files := request.Get("files")
	for i := range min(files.Length(), limits.VerifyFiles) {
		data := make([]byte, min(files.Index(i).Get("data").Length(), limits.ImageBytes+1))
		js.CopyBytesToGo(data, files.Index(i).Get("data"))
		name := files.Index(i).Get("name").String()
		r := b.verifier.Check(context.Background(), verifier.Input{File: data, FileName: name}, verifier.Policy{Recipient: request.Get("recipient").String()})
		row := view.RowOf(name, r)
		row.Number = i + 1
		rows = append(rows, row)
	}
	page := view.Many(rows)
	page.Frame, page.AsOf = web.Frame{Path: "/verify", NoIndex: true}, b.pack.AsOf
	locale, _ := i18n.Parse(request.Get("lang").String())
	var out bytes.Buffer
	err := b.site.Render(&out, locale, "results", page)
	return out.String(), err
}

// use makes the verifier of a pack, unless it is that of the last check.
func (b *browser) use(text string) error {
	if b.verifier != nil && b.text == text {
		return nil
	}
	pack, err := offline.Parse([]byte(text))
	if err != nil {
		return err
	}
	v, err := pack.Verifier(time.Now)
	if err == nil {
		b.text, b.pack, b.verifier = text, pack, v
	}
	return err
}
