package schemas

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/ijson"
)

const base = "https://openlaurel.org/schemas/"

// fileName turns the id of a schema into the name of its file.
func fileName(id string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(id, base)
	return strings.ReplaceAll(rest, "/", "-"), ok && rest != ""
}

// load compiles every schema of a folder data/ and returns the roots by $id.
func load(files fs.FS) (map[string]*node, error) {
	names, err := fs.Glob(files, "data/*.json")
	if err != nil {
		return nil, err
	}
	c := compiler{docs: make(map[string]ijson.Value), nodes: make(map[string]*node)}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		doc, err := ijson.Parse(text, ijson.Bounds{})
		if err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
		c.docs[doc.Member("$id").Text()] = doc
	}
	return c.compileAll()
}

// compiler turns schemas into nodes. A reference is resolved within docs only.
type compiler struct {
	docs  map[string]ijson.Value
	nodes map[string]*node // by absolute reference; entered before it is filled, so that schemas may be recursive
	every []*node
}

func (c *compiler) compileAll() (map[string]*node, error) {
	roots := make(map[string]*node)
	for id := range c.docs {
		n, err := c.reference(id)
		if err != nil {
			return nil, err
		}
		roots[id] = n
		for _, def := range c.docs[id].Member("$defs").Members() {
			if _, err := c.reference(id + "#/$defs/" + def.Name); err != nil {
				return nil, err
			}
		}
	}
	for _, n := range c.every {
		if n.loops(n, 0) {
			return nil, errors.New("a schema refers to itself without going deeper into the document")
		}
	}
	for _, n := range c.every {
		if err := n.link(); err != nil {
			return nil, err
		}
	}
	return roots, nil
}

// reference returns the node of an absolute reference: an $id, or $id#/$defs/Name.
func (c *compiler) reference(ref string) (*node, error) {
	if n := c.nodes[ref]; n != nil {
		return n, nil
	}
	id, fragment, _ := strings.Cut(ref, "#")
	doc, ok := c.docs[id]
	if !ok {
		return nil, fmt.Errorf("schema %s is not embedded", ref)
	}
	if fragment != "" {
		name, isDef := strings.CutPrefix(fragment, "/$defs/")
		if doc, ok = doc.Member("$defs").Get(name); !isDef || !ok {
			return nil, fmt.Errorf("schema %s has no such definition", ref)
		}
	}
	n := c.blank()
	c.nodes[ref] = n
	if err := c.fill(n, id, doc); err != nil {
		return nil, fmt.Errorf("schema %s: %w", ref, err)
	}
	return n, nil
}

func (c *compiler) blank() *node {
	n := &node{kinds: allKinds}
	c.every = append(c.every, n)
	return n
}

func (c *compiler) sub(id string, doc ijson.Value) (*node, error) {
	if ref := doc.Member("$ref").Text(); ref != "" && len(doc.Members()) == 1 {
		return c.reference(absolute(id, ref))
	}
	n := c.blank()
	return n, c.fill(n, id, doc)
}

func absolute(id, ref string) string {
	if strings.HasPrefix(ref, "#") {
		return id + ref
	}
	return ref
}

func (c *compiler) subs(id string, list ijson.Value) ([]*node, error) {
	if list.Kind() != ijson.Array || len(list.Elems()) == 0 {
		return nil, errors.New("a list of schemas is expected")
	}
	out := make([]*node, 0, len(list.Elems()))
	for _, e := range list.Elems() {
		n, err := c.sub(id, e)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// fill compiles one schema into n, keyword by keyword; an unknown keyword is an error.
func (c *compiler) fill(n *node, id string, doc ijson.Value) error {
	if doc.Kind() != ijson.Object {
		return errors.New("a schema is an object here")
	}
	for _, m := range doc.Members() {
		err := c.scalar(n, m.Name, m.Value)
		if errors.Is(err, errOther) {
			err = c.nested(n, id, m.Name, m.Value)
		}
		if errors.Is(err, errOther) {
			err = c.object(n, id, m.Name, m.Value)
		}
		if err != nil {
			return fmt.Errorf("keyword %s: %w", m.Name, err)
		}
	}
	if n.object != nil {
		return n.object.finish(doc.Member("required").Texts())
	}
	return nil
}

// errOther says that a keyword belongs to another group; at the end it stands for an unknown keyword.
var errOther = errors.New("is not among the keywords that are used here")

func (c *compiler) scalar(n *node, keyword string, v ijson.Value) (err error) {
	switch keyword {
	case "$schema", "$id", "$defs", "$comment", "title", "description":
	case "type":
		n.kinds, err = kindsOf(v.Texts())
	case "const", "enum":
		n.enum = v.Texts()
		if len(n.enum) != len(v.Items()) || len(n.enum) == 0 {
			return errors.New("only strings can be listed")
		}
		n.kinds &= mask(ijson.String)
	case "pattern":
		n.pattern, err = newPattern(v.Text())
	case "format":
		n.format, err = newFormat(v.Text())
	case "minimum":
		low := v.Float()
		n.minimum = &low
	default:
		return errOther
	}
	return err
}

func (c *compiler) nested(n *node, id, keyword string, v ijson.Value) (err error) {
	switch keyword {
	case "$ref":
		var target *node
		target, err = c.reference(absolute(id, v.Text()))
		n.all = append(n.all, target)
	case "anyOf":
		n.branches, err = c.subs(id, v)
	case "allOf":
		var parts []*node
		parts, err = c.subs(id, v)
		n.all = append(n.all, parts...)
	case "items":
		if v.Kind() == ijson.Array {
			n.tuple, err = c.subs(id, v)
		} else {
			n.items, err = c.sub(id, v)
		}
	case "additionalItems":
		n.items, err = c.sub(id, v)
	case "minItems":
		n.minItems = int(v.Float())
	case "contains":
		var part *node
		if part, err = c.sub(id, v); err == nil && part.enum == nil {
			err = errors.New("only const and enum are taken inside")
		}
		n.contains = part
	default:
		return errOther
	}
	return err
}

func (c *compiler) object(n *node, id, keyword string, v ijson.Value) (err error) {
	if !slices.Contains([]string{"properties", "required", "additionalProperties", "propertyNames", "minProperties"}, keyword) {
		return errOther
	}
	if n.object == nil {
		n.object = &object{}
	}
	switch keyword {
	case "properties":
		for _, m := range v.Members() {
			p, err := c.sub(id, m.Value)
			if err != nil {
				return fmt.Errorf("%s: %w", m.Name, err)
			}
			n.object.names = append(n.object.names, m.Name)
			n.object.nodes = append(n.object.nodes, p)
		}
	case "additionalProperties":
		if v.Kind() == ijson.Bool {
			n.object.closed = !v.True()
			return nil
		}
		n.object.other, err = c.sub(id, v)
	case "propertyNames":
		n.object.namePattern, err = newPattern(v.Member("pattern").Text())
	case "minProperties":
		n.object.least = int(v.Float())
	}
	return err
}

func kindsOf(names []string) (kinds, error) {
	var out kinds
	for _, name := range names {
		found := false
		for k := ijson.Null; k <= ijson.Object; k++ {
			if k.String() == name {
				out |= mask(k)
				found = true
			}
		}
		if !found {
			return 0, fmt.Errorf("type %q is not used here", name)
		}
	}
	if out == 0 {
		return 0, errors.New("no type is named")
	}
	return out, nil
}
