package credential

import (
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// Presentation is a verifiable presentation (VCDM 2.0 §4.13) as it was received. Nothing of it has been verified.
type Presentation struct {
	Doc         ijson.Value
	Version     Version
	Holder      string        // URL, or ""
	Credentials []ijson.Value // objects: with an embedded proof, or enveloped; in version 1.1 also texts
}

// ReadPresentation reads a presentation and lists what is wrong with its form, contexts in the document aside. What is
// wrong with the credentials in it is not looked at.
func ReadPresentation(doc ijson.Value) (*Presentation, []*fault.Defect) {
	c, err := FromValue(nil, doc)
	if err != nil {
		return nil, []*fault.Defect{fault.Wrong("vp.malformed", "", "a presentation is a JSON object, this is %s", doc.Kind())}
	}
	k := checker{c: c}
	p := &Presentation{Doc: doc, Version: c.Version, Holder: doc.Member("holder").Text(), Credentials: doc.Member("verifiableCredential").Items()}
	k.presentationCase()
	k.contexts()
	if !slices.Contains(doc.Member("type").Texts(), "VerifiablePresentation") || len(doc.Member("type").Texts()) != len(doc.Member("type").Items()) {
		k.wrong("vp.malformed", "/type", `"VerifiablePresentation" is not among the types, or a type is not a text`)
	}
	if id, ok := doc.Get("id"); ok {
		k.url("/id", id)
	}
	if holder, ok := doc.Get("holder"); ok {
		at := "/holder"
		if holder.Kind() == ijson.Object {
			holder, at = holder.Member("id"), "/holder/id"
			p.Holder = holder.Text()
		}
		k.url(at, holder)
	}
	v, named := doc.Get("verifiableCredential")
	if named && v.Kind() == ijson.Null {
		k.wrong("vp.malformed", "/verifiableCredential", "a credential in a presentation is an object (VCDM 2.0 §4.13)")
	}
	for i, e := range p.Credentials {
		if e.Kind() != ijson.Object && (c.Version != V1 || !e.IsString()) { // VCDM 1.1 also has signed texts there
			k.wrong("vp.malformed", entryAt(v, "/verifiableCredential", i), "a credential in a presentation is an object (VCDM 2.0 §4.13)")
		}
	}
	k.entries("proof", optionalID)
	k.entries("termsOfUse", optionalID)
	return p, general(k.out)
}

func (k *checker) presentationCase() {
	names := []string{"@context", "id", "type", "holder", "verifiableCredential", "proof"}
	for _, m := range k.c.Doc.Members() {
		if like := lookalike(m.Name, names); like != "" {
			k.wrong("json.member_case", ijson.Pointer("", m.Name), "%.40q differs from %q only in case", m.Name, like)
		}
	}
}

// IsEnvelope reports whether doc says that it is an enveloped credential or presentation (VCDM 2.0 §4.13.1, §4.13.2).
func IsEnvelope(doc ijson.Value) bool {
	for _, t := range doc.Member("type").Texts() {
		if t == "EnvelopedVerifiableCredential" || t == "EnvelopedVerifiablePresentation" {
			return true
		}
	}
	return false
}

// Unwrap returns what an envelope of that type holds: the media type and the content of its data: URL (RFC 2397), of
// which base64 is not decoded here. The error is a *fault.Defect, vc.envelope.
func Unwrap(doc ijson.Value, typ string) (media, content string, err error) {
	bad := func(at, sentence string) (string, string, error) {
		return "", "", fault.Wrong("vc.envelope", at, "%s", sentence)
	}
	types := doc.Member("type")
	switch {
	case doc.Kind() != ijson.Object:
		return bad("", "an envelope is an object")
	case versionOf(doc.Member("@context")) != V2:
		return bad("/@context", "an envelope has the context of version 2.0 of the data model")
	case len(types.Items()) != 1 || len(types.Texts()) != 1 || types.Texts()[0] != typ:
		return bad("/type", "the type of an envelope is "+typ+" and nothing else")
	}
	rest, ok := strings.CutPrefix(doc.Member("id").Text(), "data:")
	media, content, comma := strings.Cut(rest, ",")
	if !ok || !comma || media == "" || content == "" {
		return bad("/id", "the id of an envelope is a data: URL with a media type and content")
	}
	return media, content, nil
}
