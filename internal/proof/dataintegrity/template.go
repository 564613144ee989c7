package dataintegrity

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/credential"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/limits"
)

// templates keeps, by kind, what was compiled for documents of that kind.
type templates struct {
	mu    sync.RWMutex
	kinds map[string][]*template
}

// template is the canonical form of a document and of the proof on it.
type template struct {
	document      *jsonld.Template
	method        string
	purpose       string
	dated         bool
	before, after []byte // the canonical proof around its date
	open, closing []byte // the proof as JSON, without its value, around its date
	size          int    // of the example, signed
}

// SignLike does what Sign does, and is fast for documents that differ in their ids and values alone. kind names what such documents
// have in common, such as the version of an achievement; a badly chosen one costs time and nothing else. A document of another
// shape, a proof that says more than purpose, method and date, and a suite without RDF take the way of Sign.
func (s *Signer) SignLike(kind string, doc ijson.Value, st Statement) ([]byte, error) {
	if s.suite.jcs || s.suite.sd || !plain(st) {
		return s.Sign(doc, st)
	}
	doc, err := defining(doc)
	if err != nil {
		return nil, err
	}
	st = s.withDefaults(st)
	known := s.templates.of(kind)
	for _, t := range known {
		if hashes, ok := t.hashes(s, doc, st); ok {
			return t.finish(s, doc, st, hashes)
		}
	}
	if len(known) < limits.TemplateShapes {
		if t, ok := s.compile(doc, st); ok {
			s.templates.add(kind, t)
		}
	}
	return s.Sign(doc, st)
}

// plain reports whether a proof says nothing that a template has no place for.
func plain(st Statement) bool {
	return st.ID == "" && st.Expires.IsZero() && st.Domain == "" && st.Challenge == "" && len(st.Previous) == 0 && len(st.Mandatory) == 0
}

// finish signs hashes and puts the proof into the document.
func (t *template) finish(s *Signer, doc ijson.Value, st Statement, hashes []byte) ([]byte, error) {
	value, err := s.signature(hashes)
	if err != nil {
		return nil, err
	}
	out := appendWithout(make([]byte, 0, t.size+t.size/8), doc.Members(), "proof")
	out = beginProof(out, doc.Member("proof").Items())
	out = append(out, t.open...)
	if t.dated {
		out = append(append(out, credential.FormatTime(st.Created)...), t.closing...)
	}
	return endProof(out, value), nil
}

func (t *templates) of(kind string) []*template {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.kinds[kind]
}

func (t *templates) add(kind string, made *template) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kinds == nil || t.kinds[kind] == nil && len(t.kinds) >= limits.TemplateKinds {
		t.kinds = map[string][]*template{}
	}
	if there := t.kinds[kind]; len(there) < limits.TemplateShapes {
		t.kinds[kind] = append(slices.Clip(there), made)
	}
}

// compile makes a template of a document and the proof that it is to have. The canonical form of the proof has one place that
// changes, its date: of two dates the forms differ there and nowhere else, or there is no template.
func (s *Signer) compile(doc ijson.Value, st Statement) (*template, bool) {
	h := hashOf(s.key.Public().Alg)
	document, ok := jsonld.CompileTemplate(doc, h, jsonld.Omit("proof"))
	if !ok || !absolute(st.VerificationMethod) {
		return nil, false
	}
	t := &template{document: document, method: st.VerificationMethod, purpose: st.Purpose, dated: !st.Created.IsZero()}
	t.open = s.config(st, ijson.Value{})
	t.size = len(ijson.Append(nil, doc)) + len(t.open) + proofText
	if !t.dated {
		t.before, ok = s.canonicalConfig(doc, st, h)
		return t, ok
	}
	date := []byte(credential.FormatTime(st.Created))
	t.open, t.closing, _ = bytes.Cut(t.open, date)
	first, ok := s.canonicalConfig(doc, st, h)
	t.before, t.after, _ = bytes.Cut(first, date)

	st.Created = st.Created.Add(-49 * time.Hour)
	second, again := s.canonicalConfig(doc, st, h)
	date = []byte(credential.FormatTime(st.Created))
	return t, ok && again && bytes.Equal(around(t.before, date, t.after), second) &&
		bytes.Equal(around(t.open, date, t.closing), s.config(st, ijson.Value{}))
}

func around(before, middle, after []byte) []byte { return slices.Concat(before, middle, after) }

func (s *Signer) canonicalConfig(doc ijson.Value, st Statement, h jsonld.Hash) ([]byte, bool) {
	config, err := ijson.Parse(append(s.config(st, ijson.Value{}), '}'), ijson.Bounds{})
	if err != nil {
		return nil, false
	}
	c, err := rdf{hash: h}.canonical(config, jsonld.With("@context", doc.Member("@context")))
	if err != nil {
		return nil, false
	}
	return []byte(c.String()), true
}

// canonicalRoom is room for canonical forms, which are hashed and forgotten.
type canonicalRoom struct{ text []byte }

// hashes is what gets signed; ok is false for a document that does not fit.
func (t *template) hashes(s *Signer, doc ijson.Value, st Statement) (hashes []byte, ok bool) {
	if st.VerificationMethod != t.method || st.Purpose != t.purpose || st.Created.IsZero() == t.dated {
		return nil, false
	}
	room, _ := s.room.Get().(*canonicalRoom)
	if room == nil {
		room = &canonicalRoom{}
	}
	defer s.room.Put(room)
	if room.text, ok = t.document.Append(room.text[:0], doc); !ok {
		return nil, false
	}
	h := hashOf(s.key.Public().Alg)
	document := digest(h, room.text)
	room.text = append(room.text[:0], t.before...)
	if t.dated {
		room.text = append(append(room.text, credential.FormatTime(st.Created)...), t.after...)
	}
	return append(digest(h, room.text), document...), true
}
