package credential

import (
	"strings"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// contexts checks @context: an ordered list that begins with the base context (VCDM 2.0 §4.3, OB 3.0 §AchievementCredential)
// and has only contexts whose bytes are pinned, here and in every node below.
func (k *checker) contexts() {
	v := k.c.Doc.Member("@context")
	switch {
	case len(v.Items()) == 0:
		k.malformed("/@context", "a credential begins with its contexts")
	case k.c.Version == UnknownVersion:
		k.malformed(entryAt(v, "/@context", 0), "the first context is %s or %s", ContextV2, ContextV1)
	}
	base := 0
	for i, e := range v.Items() {
		at := entryAt(v, "/@context", i)
		k.contextEntry(at, e)
		if s := e.Text(); s == ContextV1 || s == ContextV2 {
			if base++; base == 2 {
				k.wrong("vc.version", at, "a credential has one base context")
			}
		}
	}
	if k.badge() || k.c.HasType("EndorsementCredential") {
		if items := v.Items(); len(items) < 2 || !isOpenBadgesContext(items[1].Text()) {
			k.malformed(ijson.Index("/@context", 1), "the second context of an Open Badge is one of Open Badges 3.0")
		}
	}
	if k.c.HasType("ClrCredential") {
		k.recordContexts(v.Items())
	}
	members := k.c.Doc.Members()
	for i := range members {
		if m := &members[i]; m.Name != "@context" && m.Value.Kind() >= ijson.Array {
			k.nestedContexts(&place{name: m.Name, index: -1}, &m.Value)
		}
	}
}

// recordContexts asks for the contexts of a learner record in their order (CLR 2.0 §ClrCredential).
func (k *checker) recordContexts(items []ijson.Value) {
	second := ""
	if len(items) > 1 {
		second = items[1].Text()
	}
	if second != contexts.CLR && second != contexts.CLR200 && (second == "" || contexts.Known(second)) { // one that is not known is said already
		k.malformed(ijson.Index("/@context", 1), "the second context of a learner record is that of CLR 2.0")
	}
	if len(items) < 3 || !isOpenBadgesContext(items[2].Text()) {
		k.malformed(ijson.Index("/@context", 2), "the third context of a learner record is one of Open Badges 3.0")
	}
}

func entryAt(list ijson.Value, at string, i int) string {
	if list.Kind() != ijson.Array {
		return at
	}
	return ijson.Index(at, i)
}

// contextEntry checks one entry of an @context.
func (k *checker) contextEntry(at string, e ijson.Value) {
	switch e.Kind() {
	case ijson.String:
		switch url := e.Text(); {
		case !isURL(url):
			k.malformed(at, "a context is named by its URL")
		case !contexts.Known(url):
			k.out = append(k.out, fault.Unclear("context.unknown", at, nil, "the context %.120q is not known here, and contexts are never fetched", url))
		}
	case ijson.Object:
		if _, ok := e.Get("@vocab"); ok {
			k.wrong("context.not_pinned", at, "@vocab gives a meaning to every name, so that nothing would be checked")
			return
		}
		k.wrong("context.inline", at, "terms that are defined inside the credential are not taken")
	default:
		k.malformed(at, "a context is a URL, this is %s", e.Kind())
	}
}

// place is the way to a value, from its end; the pointer is built only where something is wrong.
type place struct {
	up    *place
	name  string
	index int // -1: name counts
}

func (p *place) pointer() string {
	switch {
	case p == nil:
		return ""
	case p.index < 0:
		return ijson.Pointer(p.up.pointer(), p.name)
	}
	return ijson.Index(p.up.pointer(), p.index)
}

// nestedContexts looks for an @context below the top: a nested credential has its own, of pinned contexts; anything else
// would change the meaning of what surrounds it.
func (k *checker) nestedContexts(at *place, v *ijson.Value) {
	elems := v.Elems()
	for i := range elems {
		if e := &elems[i]; e.Kind() >= ijson.Array {
			k.nestedContexts(&place{up: at, index: i}, e)
		}
	}
	members := v.Members()
	for i := range members {
		m := &members[i]
		switch {
		case m.Name == "@context":
			k.nestedContext(at.pointer()+"/@context", m.Value)
		case m.Value.Kind() >= ijson.Array:
			k.nestedContexts(&place{up: at, name: m.Name, index: -1}, &m.Value)
		}
	}
}

func (k *checker) nestedContext(at string, v ijson.Value) {
	if v.Kind() == ijson.Null {
		k.wrong("context.inline", at, "a context is taken away inside the credential")
	}
	for i, e := range v.Items() {
		k.contextEntry(entryAt(v, at, i), e)
	}
}

// isOpenBadgesContext reports whether url is a context of OB 3.0, of whatever version.
func isOpenBadgesContext(url string) bool {
	rest, ok := strings.CutPrefix(url, "https://purl.imsglobal.org/spec/ob/v3p0/context")
	for ok && len(rest) >= 6 && rest[:3] == "-3." && digit(rest[3]) && rest[4] == '.' && digit(rest[5]) {
		rest = rest[6:]
	}
	return ok && rest == ".json"
}
