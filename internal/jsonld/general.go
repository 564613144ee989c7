package jsonld

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/piprate/json-gold/ld"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// ToRDFGeneral does what ToRDF does by a general JSON-LD library, some twenty times slower, and also takes context objects in
// the document. Contexts with an address are the embedded ones; nothing is fetched. Only the expansion is the library's: the
// quads are written here, because the library drops statements that it does not like without a word. The errors are those of
// ToRDF; context.invalid is whatever the library refuses, and
// null and keywords are refused in JSON literals, too.
func ToRDFGeneral(doc ijson.Value, options ...Option) ([]Quad, error) {
	if doc.Kind() != ijson.Object {
		return nil, fault.Wrong("jsonld.unsupported", "", "a document is an object")
	}
	g := &general{walker: walker{lib: shared(), set: collect(options)}}
	tree, err := g.treeObject(g.set.apply(doc))
	if err != nil {
		return nil, g.located(err)
	}
	expanded, err := expandGeneral(tree, &packaged{edition: g.set.edition})
	if err != nil {
		return nil, err
	}
	for _, item := range expanded {
		if _, err := g.nodeOf(item, Term{}); err != nil {
			return nil, err
		}
	}
	if g.out < g.in || len(g.quads) == 0 {
		return nil, lost("the document has values that its contexts give no meaning")
	}
	return g.quads, nil
}

// general turns the library's expanded form into quads and counts values on both sides of it.
type general struct {
	walker
	in, out int
	direct  bool // a property was named by its IRI, or by a term of a context in the document: it may be another one than it seems
}

// tree converts a document into the library's form of it, counts its values and refuses null and odd numbers.
func (g *general) tree(v ijson.Value) (any, error) {
	switch v.Kind() {
	case ijson.Null:
		return nil, lost("null would be lost")
	case ijson.String:
		g.in++
		return v.Text(), nil
	case ijson.Bool:
		g.in++
		return v.True(), nil
	case ijson.Number:
		g.in++
		if _, _, err := number(v.Literal(), false); err != nil {
			return nil, err
		}
		return v.Float(), nil
	case ijson.Array:
		out := make([]any, 0, len(v.Elems()))
		for i, e := range v.Elems() {
			g.path = append(g.path, step{index: i, array: true})
			t, err := g.tree(e)
			if err != nil {
				return nil, err
			}
			out = append(out, t)
			g.pop()
		}
		return out, nil
	}
	return g.treeObject(v.Members())
}

func (g *general) treeObject(v []ijson.Member) (any, error) {
	out := make(map[string]any, len(v))
	_, valued := get(v, "@value")
	for _, m := range v {
		g.path = append(g.path, step{name: m.Name})
		before := g.in
		var t any
		var err error
		switch m.Name {
		case "@context":
			t = distinct(verbatim(m.Value))
			err = g.allowed(m.Value)
		case "":
			err = lost("a member without a name is not defined by the contexts here")
		case "@included", "@reverse", "@nest", "@index", "@import", "@base", "@graph", "@list", "@set":
			err = unsupported("%s is not supported", m.Name)
		default:
			_, local, written := strings.Cut(m.Name, ":")
			g.direct = g.direct || written && (strings.HasSuffix(local, "proof") || strings.HasSuffix(local, "verifiableCredential"))
			t, err = g.tree(m.Value)
		}
		if err != nil {
			return nil, err
		}
		if m.Name == "@context" || valued && m.Name != "@value" {
			g.in = before // neither has a counterpart in the expanded form that is counted
		}
		out[m.Name] = t
		g.pop()
	}
	return out, nil
}

// allowed refuses in a context of the document what would change the meaning of ids, or fetch.
func (g *general) allowed(v ijson.Value) error {
	for _, c := range v.Items() {
		if c.IsString() {
			if _, err := g.lib.context(c.Text(), g.set.edition); err != nil {
				return err
			}
		}
		g.direct = g.direct || c.Kind() == ijson.Object
		for _, m := range c.Members() {
			if m.Name == "@import" || m.Name == "@base" {
				return unsupported("%s in a context is not supported", m.Name)
			}
			if inner, ok := m.Value.Get("@context"); ok {
				if err := g.allowed(inner); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// verbatim converts without judging.
func verbatim(v ijson.Value) any {
	switch v.Kind() {
	case ijson.String:
		return v.Text()
	case ijson.Bool:
		return v.True()
	case ijson.Number:
		return v.Float()
	case ijson.Array:
		out := make([]any, 0, len(v.Elems()))
		for _, e := range v.Elems() {
			out = append(out, verbatim(e))
		}
		return out
	case ijson.Object:
		out := make(map[string]any, len(v.Members()))
		for _, m := range v.Members() {
			out[m.Name] = verbatim(m.Value)
		}
		return out
	}
	return nil
}

// again stands between the address of a context that is named a second time in one list and a number.
const again = "#again-"

// distinct gives repeated addresses in a list of contexts other names, because the library takes a repetition for a circle.
func distinct(v any) any {
	list, _ := v.([]any)
	seen := map[string]bool{}
	for i, item := range list {
		url, ok := item.(string)
		if ok && seen[url] {
			list[i] = url + again + strconv.Itoa(i)
		}
		seen[url] = true
	}
	return v
}

// packaged is a document loader that serves the embedded contexts and nothing else.
type packaged struct{ edition string }

// LoadDocument implements ld.DocumentLoader.
func (p *packaged) LoadDocument(url string) (*ld.RemoteDocument, error) {
	url, _, _ = strings.Cut(url, again)
	l, err := shared().context(url, p.edition)
	if err != nil {
		return nil, err
	}
	return &ld.RemoteDocument{DocumentURL: url, Document: map[string]any{"@context": verbatim(l.value)}}, nil
}

// expandGeneral runs the library. It is built for documents of friends, so that a panic of it is an error here.
func expandGeneral(tree any, loader ld.DocumentLoader) (out []any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.Wrong("context.invalid", "", "the document cannot be expanded")
		}
	}()
	o := ld.NewJsonLdOptions("")
	o.SafeMode = true
	o.DocumentLoader = loader
	out, err = ld.NewJsonLdProcessor().Expand(tree, o)
	if err == nil {
		return out, nil
	}
	if strings.Contains(err.Error(), "invalid property") {
		return nil, &fault.Defect{Code: codeLoss, Detail: "the document has members that its contexts do not define", Cause: err}
	}
	return nil, &fault.Defect{Code: "context.invalid", Detail: "the document cannot be expanded", Cause: err}
}

// nodeOf writes an expanded node object.
func (g *general) nodeOf(v any, graph Term) (Term, error) {
	n, ok := v.(map[string]any)
	if !ok {
		return Term{}, lost("a value stands where an object is needed")
	}
	subject, err := g.subjectOf(n)
	if err != nil {
		return Term{}, err
	}
	for _, key := range sortedKeys(n) {
		switch key {
		case "@id":
		case "@type":
			err = g.typesOf(n[key], subject, graph)
		default:
			err = g.propertyOf(subject, key, n[key], graph)
		}
		if err != nil {
			return Term{}, err
		}
	}
	return subject, nil
}

func (g *general) subjectOf(n map[string]any) (Term, error) {
	id, given := n["@id"]
	if !given {
		return g.fresh(), nil
	}
	g.out++
	text, _ := id.(string)
	return g.absolute(text)
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (g *general) typesOf(v any, subject, graph Term) error {
	all, _ := v.([]any)
	for _, item := range all {
		text, _ := item.(string)
		o, err := g.absolute(text)
		if err != nil {
			return err
		}
		g.out++
		g.emit(subject, rdfType, o, graph)
	}
	return nil
}

// The properties that every embedded context gives graphs for values.
const (
	secProof       = "https://w3id.org/security#proof"
	credCredential = "https://www.w3.org/2018/credentials#verifiableCredential"
)

// graphs reports whether the values of a property stand in graphs of their own.
func graphs(iri string) bool { return iri == secProof || iri == credCredential }

func (g *general) propertyOf(subject Term, key string, v any, graph Term) error {
	if !isIRI(key) {
		return lost("%.100q is no property", key)
	}
	all, _ := v.([]any)
	for _, item := range all {
		if m, _ := item.(map[string]any); m["@graph"] == nil && graphs(key) {
			// The library leaves a value outside the graph when the term's own context empties the one that the term is in, as that of
			// verifiableCredential does.
			if m == nil || m["@value"] != nil || g.direct {
				return lost("in a graph there is place for objects only")
			}
			item = map[string]any{"@graph": []any{item}}
		}
		o, err := g.objectOf(subject, key, item, graph)
		if err != nil {
			return err
		}
		g.emit(subject, key, o, graph)
	}
	return nil
}

func (g *general) objectOf(subject Term, key string, item any, graph Term) (Term, error) {
	m, _ := item.(map[string]any)
	if list, ok := m["@list"].([]any); ok && len(m) == 1 {
		return g.listOf(subject, key, list, graph)
	}
	if inner, ok := m["@graph"].([]any); ok {
		return g.graphOf(m, inner)
	}
	if value, ok := m["@value"]; ok {
		return g.literalOf(m, value)
	}
	return g.nodeOf(item, graph)
}

func (g *general) graphOf(m map[string]any, inner []any) (Term, error) {
	if len(m) != 1 {
		return Term{}, unsupported("a graph with a name is not supported")
	}
	if len(inner) == 0 {
		return Term{}, lost("an object that says nothing would be lost")
	}
	name := g.fresh()
	for _, item := range inner {
		before := len(g.quads)
		if _, err := g.nodeOf(item, name); err != nil {
			return name, err
		}
		if len(g.quads) == before {
			return name, lost("an object that says nothing would be lost")
		}
	}
	return name, nil
}

func (g *general) listOf(subject Term, key string, items []any, graph Term) (Term, error) {
	cells := make([]Term, len(items)+1)
	for i := range items {
		cells[i] = g.fresh()
	}
	cells[len(items)] = Term{Kind: IRI, Value: rdfNil}
	for i, item := range items {
		if m, ok := item.(map[string]any); ok && m["@list"] != nil {
			return cells[0], unsupported("a list in a list is not supported")
		}
		o, err := g.objectOf(subject, key, item, graph)
		if err != nil {
			return cells[0], err
		}
		g.emit(cells[i], rdfFirst, o, graph)
		g.emit(cells[i], rdfRest, cells[i+1], graph)
	}
	return cells[0], nil
}

// literalOf writes an expanded value object by the same rules as ToRDF.
func (g *general) literalOf(m map[string]any, value any) (Term, error) {
	raw, err := ijson.Parse(encode(value), ijson.Bounds{})
	if err != nil {
		return Term{}, err
	}
	g.out += leaves(raw)
	member := func(name string) ijson.Value {
		s, ok := m[name].(string)
		if !ok {
			return ijson.Value{}
		}
		v, _ := ijson.Parse(encode(s), ijson.Bounds{})
		return v
	}
	for _, name := range sortedKeys(m) {
		switch name {
		case "@value":
		case "@type", "@language", "@direction":
			if _, ok := m[name].(string); !ok {
				return Term{}, lost("%s would be lost", name)
			}
		default:
			return Term{}, lost("%.100q has no place beside @value", name)
		}
	}
	return g.typedValue(g.lib.initial, raw, member("@type"), member("@language"), member("@direction"))
}

func leaves(v ijson.Value) int {
	n := 0
	switch v.Kind() {
	case ijson.Array:
		for _, e := range v.Elems() {
			n += leaves(e)
		}
	case ijson.Object:
		for _, m := range v.Members() {
			n += leaves(m.Value)
		}
	default:
		n = 1
	}
	return n
}

// encode writes a value of the library as JSON.
func encode(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return out
}
