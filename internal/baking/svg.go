package baking

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

// Namespaces that mean something here.
const (
	namespace    = "https://purl.imsglobal.org/ob/v3p0"
	namespaceCLR = "https://purl.imsglobal.org/clr/v2p0"
	namespaceOB2 = "http://openbadges.org"
	namespaceSVG = "http://www.w3.org/2000/svg"
)

// Bounds on the XML of a picture.
const (
	maxDepth  = 128
	maxTokens = 500_000
)

// ExtractSVG returns the credential that an SVG carries: the value of "verify" as it stands, or the body of the element
// with whatever white space is around the JSON. The error is a *fault.Defect as for ExtractPNG; image.entities when the
// file declares entities of its own, image.multiple_credentials also when "verify" and the body say different things.
func ExtractSVG(svg []byte) ([]byte, error) {
	s, err := scan(svg)
	if err != nil {
		return nil, err
	}
	return s.credential()
}

// AssertionSVG returns what an SVG carries in the place of Open Badges 2.0, the element assertion of http://openbadges.org: a signed
// assertion or an address from its attribute verify, an assertion as JSON from its body. Where there are both, the body counts
// when it is JSON: verify then repeats its address. Errors are those of ExtractSVG.
func AssertionSVG(svg []byte) ([]byte, error) {
	s, err := scan(svg)
	if err != nil {
		return nil, err
	}
	return s.assertion()
}

// BakeSVG is Badge.BakeSVG.
func BakeSVG(svg, credential []byte) ([]byte, error) { return Badge.BakeSVG(svg, credential) }

// BakeSVG returns the SVG with the credential as the first thing inside its root, in the place of that kind, instead of
// whatever it carried. Everything else stays byte for byte. Errors are as for BakePNG.
func (k Kind) BakeSVG(svg, credential []byte) ([]byte, error) {
	if err := bakeable(credential); err != nil {
		return nil, err
	}
	s, err := scan(svg)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(svg)+len(credential)+256)
	out = append(out, svg[:s.root.start]...)
	tag := svg[s.root.start:s.root.end]
	tail := ">"
	if s.rootEmpty {
		tail = "/>"
	}
	out = append(out, bytes.TrimSuffix(tag, []byte(tail))...)
	uri, prefix := k.namespace()
	inner := "" // declared on our element when the root uses the prefix for something else
	switch s.prefixed[prefix] {
	case "":
		out = append(out, " xmlns:"+prefix+`="`+uri+`"`...)
	case uri:
	default:
		inner = " xmlns:" + prefix + `="` + uri + `"`
	}
	out = append(out, '>')
	out = appendElement(out, credential, prefix+":credential", inner)
	at := s.root.end
	for _, old := range s.spans {
		out = append(out, svg[at:old.start]...)
		at = old.end
	}
	if s.rootEmpty {
		out = append(out, "</"+rootName(tag)+">"...)
	}
	return append(out, svg[at:]...), nil
}

func rootName(tag []byte) string {
	name, _, _ := strings.Cut(string(tag[1:]), "/")
	return strings.Fields(name)[0]
}

func appendElement(out, credential []byte, name, inner string) []byte {
	out = append(out, "<"+name+inner...)
	if !isJSON(credential) {
		out = append(out, ` verify="`...)
		out = append(out, credential...)
		return append(out, `"></`+name+`>`...)
	}
	// The end of a CDATA section is split over two; a carriage return would be read as a line feed (XML 1.0 §2.11),
	// so it goes between them as a character reference.
	body := strings.NewReplacer("]]>", "]]]]><![CDATA[>", "\r", "]]>&#13;<![CDATA[").Replace(string(credential))
	out = append(out, "><![CDATA["...)
	out = append(out, body...)
	return append(out, "]]></"+name+">"...)
}

type span struct{ start, end int }

// scanner reads an SVG once and notes credentials and where they stand.
type scanner struct {
	found
	dec       *xml.Decoder
	root      span
	rootEmpty bool              // <svg/>
	prefixed  map[string]string // what the root binds each prefix to
	spans     []span            // of credential elements
	depth     int
	inside    int  // depth of the credential element that is open, or 0
	old       bool // which is an assertion of Open Badges 2.0
	verify    []byte
	body      []byte
	begun     int
}

func scan(svg []byte) (*scanner, error) {
	if len(svg) > limits.ImageBytes {
		return nil, fault.Wrong(codeSize, "", "the picture has %d bytes, at most %d are taken", len(svg), limits.ImageBytes)
	}
	s := &scanner{dec: xml.NewDecoder(bytes.NewReader(svg)), prefixed: map[string]string{}}
	for range maxTokens {
		start := int(s.dec.InputOffset())
		tok, err := s.dec.Token()
		if errors.Is(err, io.EOF) {
			if s.root.end == 0 {
				return nil, malformed("it has no svg element")
			}
			return s, nil
		}
		if err != nil {
			return nil, s.notXML(err)
		}
		if err := s.token(tok, span{start, int(s.dec.InputOffset())}, svg); err != nil {
			return nil, err
		}
	}
	return nil, malformed("it has too many elements")
}

// notXML tells entities, which we refuse by name, from other mistakes.
func (s *scanner) notXML(err error) error {
	var se *xml.SyntaxError
	if s.root.end > 0 && errors.As(err, &se) && strings.HasPrefix(se.Msg, "invalid character entity") {
		return entities()
	}
	return malformed("it is not well-formed XML")
}

func entities() error {
	return fault.Wrong(CodeEntities, "", "the picture declares or uses entities of its own, which are not expanded here")
}

func (s *scanner) token(tok xml.Token, at span, svg []byte) error {
	switch t := tok.(type) {
	case xml.StartElement:
		return s.start(t, at, svg)
	case xml.EndElement:
		return s.end(at)
	case xml.CharData:
		if s.depth == 0 && len(bytes.Trim(t, space)) > 0 {
			return malformed("there is text outside its svg element")
		}
		if s.inside > 0 {
			s.body = append(s.body, t...)
		}
	case xml.Directive:
		// The samples of 1EdTech carry the plain DOCTYPE of SVG 1.1. It is never read; only an internal subset could
		// declare entities (XML 1.0 §2.8).
		if s.root.end > 0 || bytes.ContainsAny(t, "[<") {
			return entities()
		}
	}
	return nil
}

func (s *scanner) start(t xml.StartElement, at span, svg []byte) error {
	if s.depth++; s.depth > maxDepth {
		return malformed("it is nested deeper than %d levels", maxDepth)
	}
	if s.inside > 0 && s.old {
		s.ob2Broken = malformed("there is an element inside its assertion")
		return nil
	}
	if s.inside > 0 {
		return malformed("there is an element inside its credential")
	}
	if s.depth == 1 {
		return s.openRoot(t, at, svg)
	}
	assertion := xml.Name{Space: namespaceOB2, Local: "assertion"}
	switch t.Name {
	case xml.Name{Space: namespace, Local: "credential"}, xml.Name{Space: namespaceCLR, Local: "credential"}, assertion:
		s.inside, s.begun, s.verify, s.body, s.old = s.depth, at.start, nil, nil, t.Name == assertion
		for _, a := range t.Attr {
			if a.Name != (xml.Name{Local: "verify"}) {
				continue
			}
			if s.verify != nil {
				err := fault.Wrong(CodeMultiple, "", "the picture names two credentials in one element")
				if !s.old {
					return err
				}
				s.ob2Broken = err
			}
			s.verify = []byte(a.Value)
		}
	}
	return nil
}

func (s *scanner) openRoot(t xml.StartElement, at span, svg []byte) error {
	if s.root.end > 0 {
		return malformed("it has two roots")
	}
	if t.Name != (xml.Name{Space: namespaceSVG, Local: "svg"}) {
		return malformed("its root is not an svg element")
	}
	s.root = at
	s.rootEmpty = bytes.HasSuffix(svg[at.start:at.end], []byte("/>"))
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" {
			s.prefixed[a.Name.Local] = a.Value
		}
	}
	return nil
}

func (s *scanner) end(at span) error {
	defer func() { s.depth-- }()
	if s.inside == 0 || s.inside != s.depth {
		return nil
	}
	s.inside = 0
	verify, body := bytes.Trim(s.verify, space), bytes.Trim(s.body, space)
	if s.old {
		if isJSON(body) || len(verify) == 0 {
			verify = body
		}
		s.ob2 = append(s.ob2, verify)
		return nil
	}
	s.spans = append(s.spans, span{s.begun, at.end})
	switch {
	case len(verify) == 0:
		s.credentials = append(s.credentials, s.body)
	case len(body) == 0 || bytes.Equal(verify, body):
		s.credentials = append(s.credentials, s.verify)
	default:
		return fault.Wrong(CodeMultiple, "", "the picture carries two credentials that differ, one as attribute and one as text")
	}
	return nil
}
