package jsonld

import (
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// scoping is how a local context is applied (API §4.1.2).
type scoping uint8

const (
	plain    scoping = 0
	override scoping = 1 << iota // property-scoped: may redefine what is protected
	ofType                       // type-scoped: holds for this node only
)

// compiler turns one local context into a layer of terms above outer (API §4.1, §4.2).
type compiler struct {
	outer   *active
	out     *active
	how     scoping
	local   ijson.Value
	protect bool            // @protected of the whole context
	done    map[string]bool // false while a definition is being made
}

// compile applies a local context that is an object, or null, to outer.
func compile(outer *active, l *local, how scoping) (*active, error) {
	out := &active{
		outer: outer, terms: map[string]*term{}, vocab: outer.vocab, language: outer.language, direction: outer.direction,
		previous: outer.previous, protects: outer.protects,
	}
	if how&ofType != 0 && out.previous == nil {
		out.previous = outer
	}
	if l.value.Kind() == ijson.Null {
		if outer.protects && how&override == 0 {
			return nil, contextError("a context of null would undo protected terms")
		}
		fresh := &active{}
		if how&ofType != 0 {
			fresh.previous = outer
		}
		return fresh, nil
	}
	c := &compiler{outer: outer, out: out, how: how, local: l.value, done: map[string]bool{}}
	if err := c.settings(); err != nil {
		return nil, err
	}
	for _, m := range l.value.Members() {
		if isKeyword(m.Name) {
			continue
		}
		if err := c.define(m.Name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// settings reads the keywords of a context. Those that the embedded contexts do not use are refused.
func (c *compiler) settings() error {
	if c.local.Kind() != ijson.Object {
		return contextError("a context is an object")
	}
	for _, m := range c.local.Members() {
		switch v := m.Value; m.Name {
		case "@version":
			if v.Literal() != "1.1" {
				return contextError("@version is not 1.1")
			}
		case "@protected":
			c.protect = v.True()
		case "@vocab":
			if c.out.vocab = v.Text(); c.out.vocab != "" && !isIRI(c.out.vocab) {
				return contextError("@vocab is no IRI")
			}
		case "@language":
			c.out.language = strings.ToLower(v.Text())
		case "@direction":
			c.out.direction = v.Text()
		default:
			if isKeyword(m.Name) {
				return contextError("%s in a context is not supported", m.Name)
			}
		}
	}
	return nil
}

// define creates one term definition (API §4.2.2).
func (c *compiler) define(name string) error {
	if finished, begun := c.done[name]; begun {
		if finished {
			return nil
		}
		return contextError("the definition of %q leads back to itself", name)
	}
	if name == "" {
		return contextError("a term has no name")
	}
	c.done[name] = false
	if keywordShaped(name) {
		return nil
	}
	v, _ := c.local.Get(name)
	t := &term{protected: c.protect}
	simple := v.Kind() == ijson.String
	if err := c.fill(t, name, v, simple); err != nil {
		return err
	}
	if t.iri == "@context" || t.iri == "@preserve" {
		return contextError("%q is an alias of %s", name, t.iri)
	}
	if old := c.outer.term(name); old != nil && old.protected && c.how&override == 0 {
		if !old.same(t) {
			return contextError("the protected term %q is redefined", name)
		}
		t = old
	}
	c.out.terms[name] = t
	c.out.protects = c.out.protects || t.protected
	c.done[name] = true
	return nil
}

// fill reads the definition of name into t.
func (c *compiler) fill(t *term, name string, v ijson.Value, simple bool) error {
	switch v.Kind() {
	case ijson.Null:
		return nil
	case ijson.String:
		iri, err := c.mapping(name, v.Text(), simple, t)
		t.iri = iri
		return err
	case ijson.Object:
	default:
		return contextError("the definition of %q is neither text nor object", name)
	}
	if p, ok := v.Get("@protected"); ok {
		t.protected = p.True()
	}
	if err := c.coercion(t, v); err != nil {
		return err
	}
	id, explicit := v.Get("@id")
	if explicit && id.Kind() == ijson.Null {
		return nil
	}
	target := name
	if explicit {
		target = id.Text()
	}
	iri, err := c.mapping(name, target, simple, t)
	if err != nil {
		return err
	}
	t.iri = iri
	return c.rest(t, name, v)
}

// coercion reads @type, @language and @direction.
func (c *compiler) coercion(t *term, v ijson.Value) error {
	typ, typed := v.Get("@type")
	if typed {
		expanded, err := c.expand(typ.Text())
		if err != nil {
			return err
		}
		switch expanded {
		case "@id", "@vocab", "@json", "@none":
		default:
			if !isIRI(expanded) {
				return contextError("the type %q is no IRI", typ.Text())
			}
		}
		t.typ = expanded
	}
	if l, ok := v.Get("@language"); ok && !typed {
		t.language, t.hasLang = strings.ToLower(l.Text()), true
	}
	if d, ok := v.Get("@direction"); ok && !typed {
		t.direction, t.hasDir = d.Text(), true
	}
	return nil
}

// rest reads the members of a definition that are left.
func (c *compiler) rest(t *term, name string, v ijson.Value) error {
	for _, m := range v.Members() {
		switch m.Name {
		case "@id", "@type", "@protected", "@language", "@direction":
		case "@container":
			for _, k := range m.Value.Items() {
				switch k.Text() {
				case "@set":
					t.in |= inSet
				case "@list":
					t.in |= inList
				case "@graph":
					t.in |= inGraph
				default:
					return contextError("the container %s of %q is not supported", k.Text(), name)
				}
			}
		case "@context":
			if m.Value.Kind() != ijson.Object && m.Value.Kind() != ijson.Null {
				return contextError("the scoped context of %q is not supported", name)
			}
			t.scoped = &local{value: m.Value}
		case "@prefix":
			t.prefix = m.Value.True()
		default:
			return contextError("%s in the definition of %q is not supported", m.Name, name)
		}
	}
	return nil
}

// mapping finds the IRI mapping of name, whose @id is target (API §4.2.2 steps 14 to 18).
func (c *compiler) mapping(name, target string, simple bool, t *term) (string, error) {
	var iri string
	var err error
	switch {
	case target != name:
		iri, err = c.expand(target)
	case strings.IndexByte(name[1:], ':') >= 0:
		iri, err = c.compact(name)
	default:
		iri = c.out.vocab + name
		if c.out.vocab == "" {
			return "", contextError("the term %q has no IRI", name)
		}
	}
	if err != nil {
		return "", err
	}
	if !isKeyword(iri) && !isIRI(iri) {
		return "", contextError("the term %q is mapped to %q, which is no IRI", name, iri)
	}
	if simple && !strings.ContainsAny(name, ":/") && strings.IndexByte(":/?#[]@", iri[len(iri)-1]) >= 0 {
		t.prefix = true
	}
	return iri, nil
}

// expand is IRI expansion while a context is being read: vocabulary-relative, and defining what it needs on the way.
func (c *compiler) expand(s string) (string, error) {
	if isKeyword(s) {
		return s, nil
	}
	if keywordShaped(s) {
		return "", contextError("%q looks like a keyword", s)
	}
	if _, here := c.local.Get(s); here && !c.done[s] {
		if err := c.define(s); err != nil {
			return "", err
		}
	}
	if t := c.out.term(s); t != nil {
		return t.iri, nil
	}
	if i := strings.IndexByte(s, ':'); i > 0 {
		return c.compact(s)
	}
	return c.out.vocab + s, nil
}

// compact resolves prefix:suffix.
func (c *compiler) compact(s string) (string, error) {
	i := strings.IndexByte(s[1:], ':') + 1
	prefix, suffix := s[:i], s[i+1:]
	if i == 0 || prefix == "_" || strings.HasPrefix(suffix, "//") {
		return s, nil
	}
	if _, here := c.local.Get(prefix); here && !c.done[prefix] {
		if err := c.define(prefix); err != nil {
			return "", err
		}
	}
	if t := c.out.term(prefix); t != nil && t.iri != "" && t.prefix {
		return t.iri + suffix, nil
	}
	return s, nil
}

func contextError(format string, args ...any) error {
	return fault.Wrong("context.invalid", "", format, args...)
}
