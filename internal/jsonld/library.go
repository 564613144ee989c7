package jsonld

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
)

// memoLimit bounds how many compiled contexts are kept. Real documents need a few dozen; who sends every combination of
// contexts and types makes us begin anew, nothing worse.
const memoLimit = 2048

// library holds the embedded contexts and what was compiled from them.
type library struct {
	editions map[string][]edition
	initial  *active
	memo     atomic.Pointer[memo]
}

type edition struct {
	name  string
	local *local
}

type memo struct {
	compiled sync.Map // derivation → *active
	size     atomic.Int64
}

// derivation names one compiled context: the same local context applied in the same way to the same active context.
type derivation struct {
	outer *active
	local *local
	how   scoping
}

var shared = sync.OnceValue(newLibrary)

func newLibrary() *library {
	l := &library{editions: map[string][]edition{}, initial: &active{}}
	l.memo.Store(&memo{})
	for _, url := range contexts.URLs() {
		for _, e := range contexts.Editions(url) {
			doc, err := ijson.Parse(e.Doc, ijson.Bounds{})
			if err != nil {
				panic(fmt.Sprintf("jsonld: the embedded context %s: %v", url, err))
			}
			l.editions[url] = append(l.editions[url], edition{name: e.Name, local: &local{value: doc.Member("@context")}})
		}
	}
	return l
}

// context finds the context at url; a name that is none of its editions means the newest one.
func (l *library) context(url, name string) (*local, error) {
	all := l.editions[url]
	if len(all) == 0 {
		return nil, fault.Unclear("context.unknown", "", nil, "the context %.200q is not one of those that are known here", url)
	}
	for _, e := range all {
		if e.name == name {
			return e.local, nil
		}
	}
	return all[0].local, nil
}

// derive applies a local context to an active one, or finds that it was done before.
func (l *library) derive(outer *active, ctx *local, how scoping) (*active, error) {
	m := l.memo.Load()
	key := derivation{outer: outer, local: ctx, how: how}
	if got, ok := m.compiled.Load(key); ok {
		if done, ok := got.(*active); ok {
			return done, nil
		}
	}
	out, err := compile(outer, ctx, how)
	if err != nil {
		return nil, err
	}
	if m.size.Add(1) > memoLimit {
		l.memo.CompareAndSwap(m, &memo{})
		return out, nil
	}
	if got, _ := m.compiled.LoadOrStore(key, out); got != nil {
		if first, ok := got.(*active); ok { // who came first decides, because actives are compared by address
			return first, nil
		}
	}
	return out, nil
}
