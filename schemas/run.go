package schemas

import (
	"fmt"
	"math/bits"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/limits"
)

// step is one level of the way into the document: a member, or an element where name is empty and index counts.
type step struct {
	name   string
	index  int
	member bool
}

// run is one validation. It keeps the way to where it is, and builds a JSON pointer only for a violation.
type run struct {
	path  [limits.JSONDepth + 1]step
	depth int
	out   []Violation
}

func (r *run) at() string {
	p := ""
	for _, s := range r.path[:r.depth] {
		if s.member {
			p = ijson.Pointer(p, s.name)
		} else {
			p = ijson.Index(p, s.index)
		}
	}
	return p
}

func (r *run) wrong(code, format string, args ...any) {
	r.out = append(r.out, Violation{Code: code, At: r.at(), Detail: fmt.Sprintf(format, args...)})
}

// enter goes one level deeper; it reports false where the document is deeper than any that Laurel reads.
func (r *run) enter(s step) bool {
	if r.depth == len(r.path) {
		r.wrong("limits.depth", "nested deeper than %d levels", limits.JSONDepth)
		return false
	}
	r.path[r.depth] = s
	r.depth++
	return true
}

// check adds everything that keeps v from conforming to n.
func (r *run) check(n *node, v *ijson.Value) {
	kind := v.Kind()
	if n.kinds&mask(kind) == 0 {
		r.wrong("schema.type", "%s is expected here, this is %s", n.kinds, kind)
		return
	}
	if n.simple {
		return
	}
	for _, part := range n.all {
		r.check(part, v)
	}
	switch {
	case n.trial:
		r.try(n, v)
	case n.branches != nil:
		r.check(n.byKind[kind], v)
	}
	switch kind {
	case ijson.String:
		r.text(n, v.Text())
	case ijson.Number:
		if n.minimum != nil && v.Float() < *n.minimum {
			r.wrong("schema.value", "at least %g is expected", *n.minimum)
		}
	case ijson.Array:
		r.array(n, v)
	case ijson.Object:
		if n.object != nil {
			r.members(n.object, v)
		}
	}
}

// try looks for a branch that v conforms to. The branches are scalars (see link), so none of them goes deeper.
func (r *run) try(n *node, v *ijson.Value) {
	before := len(r.out)
	for _, b := range n.branches {
		r.check(b, v)
		if len(r.out) == before {
			return
		}
		r.out = r.out[:before]
	}
	r.wrong("schema.value", "%.60q is none of the values that are allowed here", v.Text())
}

func (r *run) text(n *node, s string) {
	if n.enum != nil && !n.lists(s) {
		if len(n.enum) == 1 {
			r.wrong("schema.value", "%q is expected here", n.enum[0])
		} else {
			r.wrong("schema.value", "%.60q is none of the values that are allowed here", s)
		}
	}
	if n.pattern != nil && !n.pattern.match(s) {
		r.wrong("schema.pattern", "%.60q does not have the form %s", s, n.pattern.text)
	}
	if n.format != noFormat && !n.format.ok(s) {
		r.wrong("time.syntax", "%.40q is not a %s", s, n.format)
	}
}

func (r *run) array(n *node, v *ijson.Value) {
	elems := v.Elems()
	if len(elems) < n.minItems {
		r.wrong("schema.items", "at least %d entries are expected, there are %d", n.minItems, len(elems))
	}
	for i := range elems {
		item := n.items
		if i < len(n.tuple) {
			item = n.tuple[i]
		}
		if item != nil {
			item = item.choose(elems[i].Kind())
		}
		if item == nil || !r.enter(step{index: i}) {
			continue
		}
		r.check(item, &elems[i])
		r.depth--
	}
	if n.contains == nil {
		return
	}
	for i := range elems {
		if elems[i].IsString() && n.contains.lists(elems[i].Text()) {
			return
		}
	}
	r.wrong("schema.contains", "%q is missing here", n.contains.enum[0])
}

func (r *run) members(o *object, v *ijson.Value) {
	members := v.Members()
	var seen uint64
	for i := range members {
		m := &members[i]
		if o.namePattern != nil && !o.namePattern.match(m.Name) {
			r.member(m, func() { r.wrong("schema.name", "a member of the name %.40q is not expected here", m.Name) })
		}
		p := o.lookup(m.Name)
		if p < 0 {
			r.stranger(o, m)
			continue
		}
		seen |= 1 << p
		n := o.nodes[p].choose(m.Value.Kind())
		if n == nil || !r.enter(step{name: m.Name, member: true}) {
			continue
		}
		r.check(n, &m.Value)
		r.depth--
	}
	if len(members) < o.least {
		r.wrong("schema.required", "at least %d member is expected here", o.least)
	}
	for lost := o.required &^ seen; lost != 0; lost &= lost - 1 {
		name := o.names[bits.TrailingZeros64(lost)]
		m := ijson.Member{Name: name}
		r.member(&m, func() { r.wrong("schema.required", "the member %s is missing", name) })
	}
}

// member runs report one level deeper.
func (r *run) member(m *ijson.Member, report func()) {
	if r.enter(step{name: m.Name, member: true}) {
		report()
		r.depth--
	}
}

// stranger looks at a member that the schema does not name.
func (r *run) stranger(o *object, m *ijson.Member) {
	if like := o.lookalike(m.Name); like != "" {
		r.member(m, func() { r.wrong("json.member_case", "%.40q differs from %q only in case", m.Name, like) })
		return
	}
	if o.closed {
		r.member(m, func() { r.wrong("schema.additional", "the member %.40q is not allowed here", m.Name) })
	}
	if o.other != nil && r.enter(step{name: m.Name, member: true}) {
		r.check(o.other, &m.Value)
		r.depth--
	}
}
