package verifier

import (
	"context"
	"errors"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier/intake"
)

// Input is what a person or program hands over: exactly one of Text, URL and File.
type Input struct {
	Text        string
	URL         string
	File        []byte
	FileName    string
	ContentType string
}

// accepted is what the verifier asks a badge's address for: the signed forms first, a baked picture last.
const accepted = "application/vc+jwt, application/jwt;q=0.95, application/vc;q=0.9, application/ld+json;q=0.8, " +
	"application/json;q=0.8, text/plain;q=0.7, image/png;q=0.5, image/svg+xml;q=0.5"

// Check reads the input, fetches what it points to once, and verifies what comes back. Like Verify it never fails: what
// cannot be read is a Result.
func (v *Verifier) Check(ctx context.Context, in Input, p Policy) Result {
	item, err := v.open(ctx, in)
	if err != nil {
		return v.Refuse(err, p)
	}
	return v.Verify(ctx, item, p)
}

func (v *Verifier) open(ctx context.Context, in Input) (intake.Item, error) {
	data, hint := in.File, intake.Hint{FileName: in.FileName, ContentType: in.ContentType}
	if in.Text != "" {
		data = []byte(in.Text)
	}
	link := in.URL
	if link == "" {
		item, found, err := v.read(ctx, data, hint)
		if err != nil || found == "" {
			return item, err
		}
		link = found
	}
	res, err := v.fetch.Get(ctx, link, accepted)
	if err != nil {
		d := fault.AsDefect(err)
		return intake.Item{}, &fault.Defect{Code: d.Code, At: link, Detail: "The link could not be opened: " + d.Detail, Unknown: true, Cause: err}
	}
	item, next, err := v.read(ctx, res.Body, intake.Hint{ContentType: res.ContentType})
	if err == nil && next != "" {
		err = fault.Wrong("intake.link_to_link", link, "The link leads to another link (%.80s); open that one yourself.", next)
	}
	var d *fault.Defect
	if errors.As(err, &d) && d.At == "" {
		d = &fault.Defect{Code: d.Code, At: link, Detail: d.Detail, Unknown: d.Unknown, Cause: d.Cause}
		return item, d
	}
	item.URL = link
	return item, err
}

// read is intake.Read with a bound on how many pictures are looked at in the same moment: a small file unfolds to 100 MiB of
// pixels, and anybody may send one.
func (v *Verifier) read(ctx context.Context, data []byte, hint intake.Hint) (intake.Item, string, error) {
	if intake.Pixels(data) {
		select {
		case v.pictures <- struct{}{}:
			defer func() { <-v.pictures }()
		case <-ctx.Done():
			return intake.Item{}, "", fault.Unclear("limits.busy", "", ctx.Err(), "Too many pictures are being looked at. Try again in a moment.")
		}
	}
	return intake.Read(data, hint)
}
