package credential

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/openlaurel/laurel/internal/ijson"
)

// Text is a text of a credential. It is written as a plain string; a language map (OB 3.0 schemas of 2026-01) or a
// language value object (VCDM 2.0 §11.1) that was read is kept and written as it was.
type Text struct {
	Value string         // the text; of several languages, the first
	other jsontext.Value // what was read, when that was no plain string
}

// Plain makes a Text of a string.
func Plain(s string) Text { return Text{Value: s} }

// String returns the text; of several languages, the first.
func (t Text) String() string { return t.Value }

// IsZero reports whether there is no text, so that the member is left out.
func (t Text) IsZero() bool { return t.Value == "" && t.other == nil }

// In returns the text in the language of that tag, and Value where it does not say so.
func (t Text) In(language string) string {
	if t.other == nil {
		return t.Value
	}
	doc, err := ijson.Parse(t.other, ijson.Bounds{})
	if err != nil {
		return t.Value
	}
	if s := doc.Member(language); s.IsString() {
		return s.Text()
	}
	for _, item := range doc.Items() {
		if item.Member("@language").Text() == language {
			return item.Member("@value").Text()
		}
	}
	return t.Value
}

// MarshalJSONTo writes a plain string, or what was read.
func (t Text) MarshalJSONTo(enc *jsontext.Encoder) error {
	if t.other != nil {
		return enc.WriteValue(t.other)
	}
	return enc.WriteToken(jsontext.String(t.Value))
}

// UnmarshalJSONFrom reads a string, a language map, or language value objects. Anything else is kept without a text:
// whether it may stand there is for the schema to say.
func (t *Text) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*t = Text{}
	if raw.Kind() == '"' {
		return json.Unmarshal(raw, &t.Value)
	}
	t.other = raw.Clone()
	doc, err := ijson.Parse(t.other, ijson.Bounds{})
	if err != nil {
		return err
	}
	t.Value = firstText(doc)
	return nil
}

func firstText(doc ijson.Value) string {
	for _, item := range doc.Items() {
		if item.IsString() {
			return item.Text()
		}
		if v := item.Member("@value"); v.IsString() {
			return v.Text()
		}
		for _, m := range item.Members() {
			if m.Value.IsString() {
				return m.Value.Text()
			}
		}
	}
	return ""
}
