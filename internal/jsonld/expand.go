package jsonld

import (
	"slices"
	"strconv"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// Option changes how a document is read.
type Option func(*settings)

type settings struct {
	edition string
	omit    []string
	with    []ijson.Member
	inline  bool
}

// Edition reads contexts that have several editions in the one of that name (contexts.Edition), such as "2024-03". A
// context that has no such edition is read in its newest.
func Edition(name string) Option { return func(s *settings) { s.edition = name } }

// Omit reads the document as if it had no members of those names. Members of objects further inside are not touched.
func Omit(names ...string) Option { return func(s *settings) { s.omit = append(s.omit, names...) } }

// With reads the document as if its member name had the value v, whether it has one or not.
func With(name string, v ijson.Value) Option {
	return func(s *settings) {
		s.omit = append(s.omit, name)
		s.with = append(s.with, ijson.Member{Name: name, Value: v})
	}
}

// Inline also takes context objects that stand in the document, as far as they use what the embedded contexts use.
func Inline() Option { return func(s *settings) { s.inline = true } }

func collect(options []Option) settings {
	var s settings
	for _, o := range options {
		o(&s)
	}
	return s
}

// apply returns the members of the document as Omit and With want them.
func (s *settings) apply(doc ijson.Value) []ijson.Member {
	if len(s.omit) == 0 {
		return doc.Members()
	}
	out := slices.Clone(s.with)
	for _, m := range doc.Members() {
		if !slices.Contains(s.omit, m.Name) {
			out = append(out, m)
		}
	}
	return out
}

// get finds a member by its exact name.
func get(members []ijson.Member, name string) (ijson.Value, bool) {
	for i := range members {
		if members[i].Name == name {
			return members[i].Value, true
		}
	}
	return ijson.Value{}, false
}

// codeLoss is the code of VC Data Integrity §4.7 for data that a transformation would lose.
const codeLoss = "DATA_LOSS_DETECTION_ERROR"

// ToRDF turns a JSON-LD document into quads. A statement may stand in them more than once. Blank nodes are labelled b0, b1, …
// in the order of the document. The error is a *fault.Defect with the JSON pointer of the place: DATA_LOSS_DETECTION_ERROR;
// context.inline for a context object in the document; context.unknown, Unclear, for a context that is not embedded;
// context.invalid; json.number for a number that its canonical form would change; jsonld.unsupported for constructs that only
// ToRDFGeneral reads.
func ToRDF(doc ijson.Value, options ...Option) ([]Quad, error) {
	if doc.Kind() != ijson.Object {
		return nil, fault.Wrong("jsonld.unsupported", "", "a document is an object")
	}
	w := &walker{lib: shared(), set: collect(options)}
	return w.walk(doc)
}

// Sources does what ToRDF does and also returns, for each quad, the JSON pointer of the value that it was made of: of the nested
// object for a quad that links to one, of the element for a quad of a list.
func Sources(doc ijson.Value, options ...Option) ([]Quad, []string, error) {
	if doc.Kind() != ijson.Object {
		return nil, nil, fault.Wrong("jsonld.unsupported", "", "a document is an object")
	}
	w := &walker{lib: shared(), set: collect(options), traced: true}
	quads, err := w.walk(doc)
	return quads, w.sources, err
}

// walk reads the whole document.
func (w *walker) walk(doc ijson.Value) ([]Quad, error) {
	members := w.set.apply(doc)
	w.quads = make([]Quad, 0, statements(members)+4)
	if _, err := w.node(w.lib.initial, members, nil, Term{}); err != nil {
		return nil, w.located(err)
	}
	if len(w.quads) == 0 {
		return nil, fault.Wrong(codeLoss, "", "the document says nothing about anything")
	}
	return w.quads, nil
}

// statements counts what members will become, near enough to make room for it.
func statements(members []ijson.Member) int {
	n := 0
	for _, m := range members {
		if m.Name != "@context" && m.Name != "id" {
			n += values(m.Value)
		}
	}
	return n
}

func values(v ijson.Value) int {
	switch v.Kind() {
	case ijson.Array:
		n := 0
		for _, e := range v.Elems() {
			n += values(e)
		}
		return n
	case ijson.Object:
		return 1 + statements(v.Members())
	}
	return 1
}

// walker expands a document and writes its quads in one pass (API §5.1.2, §7.2, §8.2).
type walker struct {
	lib    *library
	set    settings
	quads  []Quad
	blanks int
	named  map[string]string // blank node identifiers of the document → our labels
	path   []step

	traced  bool
	sources []string // by quad, when traced

	holes map[string]int32 // by JSON pointer, when a template is made; else nil
	marks []hole
}

// step is one reference token of the place where the walker is.
type step struct {
	name  string
	index int // when name is ""
	array bool
}

func (w *walker) pop() { w.path = w.path[:len(w.path)-1] }

// located puts the place into a Defect that has none. After an error the path still leads to it.
func (w *walker) located(err error) error {
	d := fault.AsDefect(err)
	if d.At != "" {
		return d
	}
	c := *d
	c.At = w.pointer()
	return &c
}

// pointer is the place where the walker is.
func (w *walker) pointer() string {
	at := ""
	for _, s := range w.path {
		if s.array {
			at = ijson.Index(at, s.index)
		} else {
			at = ijson.Pointer(at, s.name)
		}
	}
	return at
}

func lost(format string, args ...any) error { return fault.Wrong(codeLoss, "", format, args...) }

func unsupported(format string, args ...any) error {
	return fault.Wrong("jsonld.unsupported", "", format, args...)
}

// fresh makes a new blank node.
func (w *walker) fresh() Term {
	w.blanks++
	return Term{Kind: Blank, Value: "b" + strconv.Itoa(w.blanks-1)}
}

// blank finds the node for a blank node identifier of the document.
func (w *walker) blank(id string) Term {
	if label, ok := w.named[id]; ok {
		return Term{Kind: Blank, Value: label}
	}
	if w.named == nil {
		w.named = map[string]string{}
	}
	t := w.fresh()
	w.named[id] = t.Value
	return t
}

func (w *walker) emit(s Term, predicate string, o, graph Term) {
	w.quads = append(w.quads, Quad{Subject: s, Predicate: Term{Kind: IRI, Value: predicate}, Object: o, Graph: graph})
	if w.traced {
		w.sources = append(w.sources, w.pointer())
	}
}

// resolve is vocabulary-relative IRI expansion of a member's name or a type (API §5.2). The term is nil when there is none.
func (a *active) resolve(name string) (iri string, t *term) {
	if isKeyword(name) {
		return name, nil
	}
	if t = a.term(name); t != nil {
		return t.iri, t
	}
	if keywordShaped(name) {
		return "", nil
	}
	if strings.IndexByte(name, ':') > 0 {
		return a.compact(name), nil
	}
	if a.vocab != "" && name != "" {
		return a.vocab + name, nil
	}
	return "", nil
}

// compact resolves a compact IRI, or returns s as it is.
func (a *active) compact(s string) string {
	i := strings.IndexByte(s, ':')
	if i < 1 || s[:i] == "_" || strings.HasPrefix(s[i+1:], "//") {
		return s
	}
	if t := a.term(s[:i]); t != nil && t.iri != "" && t.prefix {
		return t.iri + s[i+1:]
	}
	return s
}

// node reads a node object that is a value of t (nil at the top) and returns what names it.
func (w *walker) node(ctx *active, v []ijson.Member, t *term, graph Term) (Term, error) {
	ctx, err := w.enter(ctx, v, t)
	if err != nil {
		return Term{}, err
	}
	typeCtx := ctx
	if ctx, err = w.typeScoped(ctx, v); err != nil {
		return Term{}, err
	}
	subject, err := w.subject(ctx, v)
	if err != nil {
		return Term{}, err
	}
	for _, m := range v {
		if m.Name == "@context" {
			continue
		}
		w.path = append(w.path, step{name: m.Name})
		iri, mt := ctx.resolve(m.Name)
		switch {
		case iri == "@id":
		case iri == "@type":
			err = w.types(typeCtx, m.Value, subject, graph)
		case isKeyword(iri):
			err = unsupported("%s in a node is not supported", iri)
		case !isIRI(iri):
			err = lost("%.100q is not defined by the contexts here", m.Name)
		case graphs(iri) && (mt == nil || mt.in&inGraph == 0) && !empty(m.Value):
			err = unsupported("%.100s is supported by its term alone", m.Name) // which says that its values are graphs
		default:
			err = w.property(ctx, statement{subject: subject, predicate: iri, term: mt, graph: graph}, m.Value)
		}
		if err != nil {
			return Term{}, err
		}
		w.pop()
	}
	return subject, nil
}

// empty reports whether v is an array of nothing.
func empty(v ijson.Value) bool {
	return v.Kind() == ijson.Array && !slices.ContainsFunc(v.Elems(), func(e ijson.Value) bool { return !empty(e) })
}

// enter brings the context into the state in which the members of v are read (API §5.1.2 steps 7 to 9).
func (w *walker) enter(ctx *active, v []ijson.Member, t *term) (*active, error) {
	if ctx.previous != nil && !onlyID(ctx, v) {
		ctx = ctx.previous
	}
	var err error
	if t != nil && t.scoped != nil {
		if ctx, err = w.lib.derive(ctx, t.scoped, override); err != nil {
			return nil, err
		}
	}
	own, ok := get(v, "@context")
	if !ok {
		return ctx, nil
	}
	w.path = append(w.path, step{name: "@context"})
	items := own.Items()
	if own.Kind() == ijson.Null {
		items = []ijson.Value{own}
	}
	for i, c := range items {
		if own.Kind() == ijson.Array {
			w.path = append(w.path, step{index: i, array: true})
		}
		if ctx, err = w.applied(ctx, c); err != nil {
			return nil, err
		}
		if own.Kind() == ijson.Array {
			w.pop()
		}
	}
	w.pop()
	return ctx, nil
}

// applied brings one element of a @context into effect.
func (w *walker) applied(ctx *active, c ijson.Value) (*active, error) {
	switch {
	case c.IsString():
		l, err := w.lib.context(c.Text(), w.set.edition)
		if err != nil {
			return nil, err
		}
		return w.lib.derive(ctx, l, plain)
	case c.Kind() == ijson.Object && w.set.inline:
		return compile(ctx, &local{value: c}, plain)
	}
	return nil, fault.Wrong("context.inline", "", "a context that stands in the document itself is not taken; only the address of one")
}

// onlyID reports whether v has one member, and that is its id.
func onlyID(ctx *active, v []ijson.Member) bool {
	if len(v) != 1 {
		return false
	}
	iri, _ := ctx.resolve(v[0].Name)
	return iri == "@id"
}

// typeScoped applies the contexts of the node's types in the order of their names (API §5.1.2 steps 10 and 11).
func (w *walker) typeScoped(ctx *active, v []ijson.Member) (*active, error) {
	base := ctx
	seen := false
	for _, m := range v {
		if iri, _ := base.resolve(m.Name); iri != "@type" {
			continue
		}
		if seen {
			return nil, unsupported("%q gives types a second time", m.Name)
		}
		seen = true
		names := m.Value.Texts()
		if !slices.IsSorted(names) {
			names = slices.Sorted(slices.Values(names))
		}
		for _, name := range names {
			t := base.term(name)
			if t == nil || t.scoped == nil {
				continue
			}
			var err error
			if ctx, err = w.lib.derive(ctx, t.scoped, ofType); err != nil {
				return nil, err
			}
		}
	}
	return ctx, nil
}

// subject finds the id of a node, or makes a blank one.
func (w *walker) subject(ctx *active, v []ijson.Member) (Term, error) {
	var out Term
	for _, m := range v {
		if iri, _ := ctx.resolve(m.Name); iri != "@id" {
			continue
		}
		w.path = append(w.path, step{name: m.Name})
		if out.Kind != Absent {
			return out, unsupported("%q gives an id a second time", m.Name)
		}
		if !m.Value.IsString() {
			return out, lost("an id is a text")
		}
		var err error
		if out, err = w.reference(ctx, m.Value.Text()); err != nil {
			return out, err
		}
		if w.holes != nil {
			out = w.mark(hole{how: asID, ctx: ctx, value: m.Value}, out)
		}
		w.pop()
	}
	if out.Kind == Absent {
		out = w.fresh()
	}
	return out, nil
}

// reference is document-relative IRI expansion (API §5.2) without a base: what is relative is refused.
func (w *walker) reference(ctx *active, s string) (Term, error) {
	return w.absolute(ctx.compact(s))
}

// absolute makes a term of an absolute IRI or a blank node identifier.
func (w *walker) absolute(iri string) (Term, error) {
	switch {
	case isBlank(iri):
		return w.blank(iri), nil
	case isIRI(iri):
		return Term{Kind: IRI, Value: iri}, nil
	}
	return Term{}, lost("%.200q is no absolute IRI", iri)
}

// types writes the types of a node.
func (w *walker) types(ctx *active, v ijson.Value, subject, graph Term) error {
	for i, item := range v.Items() {
		if v.Kind() == ijson.Array {
			w.path = append(w.path, step{index: i, array: true})
		}
		if !item.IsString() {
			return lost("a type is a text")
		}
		iri, _ := ctx.resolve(item.Text())
		if !isIRI(iri) && !isBlank(iri) {
			return lost("the type %.100q is not defined by the contexts here", item.Text())
		}
		o, err := w.absolute(iri)
		if err != nil {
			return err
		}
		w.emit(subject, rdfType, o, graph)
		if v.Kind() == ijson.Array {
			w.pop()
		}
	}
	if v.Kind() == ijson.Null {
		return lost("null would be lost")
	}
	return nil
}
