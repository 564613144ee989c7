package catalog

import (
	"sync"
	"time"
)

// cacheVersions bounds how many locked versions are remembered; cacheBytes how large their pictures may be together.
const (
	cacheVersions = 1024
	cacheBytes    = 16 << 20
)

// cache remembers locked versions, which never change, and for freshness which version a reference leads to. Versions
// that are not locked are never remembered: an award must sign what the store holds.
type cache struct {
	mu       sync.Mutex
	versions map[versionKey]Achievement
	refs     map[refKey]target
	bytes    int
}

type versionKey struct {
	id      string
	version int
}

type refKey struct{ issuerID, ref string }

// target is where a reference led, and until when we believe it.
type target struct {
	id      string
	version int
	at      time.Time
}

func newCache() *cache {
	return &cache{versions: map[versionKey]Achievement{}, refs: map[refKey]target{}}
}

// lookup returns a locked version, or the newest version if it is locked and was looked up within freshness.
func (c *cache) lookup(issuerID, ref string, version int, now time.Time) (Achievement, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := versionKey{ref, version}
	if version == 0 {
		t, ok := c.refs[refKey{issuerID, ref}]
		if age := now.Sub(t.at); !ok || age < 0 || age >= freshness {
			return Achievement{}, false
		}
		key = versionKey{t.id, t.version}
	}
	a, ok := c.versions[key]
	return a, ok
}

// keep remembers a. When a bound is reached everything is forgotten: simpler than order, and rare.
func (c *cache) keep(issuerID, ref string, version int, a Achievement, now time.Time) {
	if !a.Locked {
		return
	}
	size := 0
	if a.Image != nil {
		size = len(a.Image.Data)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.versions) >= cacheVersions || len(c.refs) >= cacheVersions || c.bytes+size > cacheBytes {
		clear(c.versions)
		clear(c.refs)
		c.bytes = 0
	}
	key := versionKey{a.ID, a.Version}
	if _, ok := c.versions[key]; !ok {
		c.versions[key] = a
		c.bytes += size
	}
	if version == 0 {
		c.refs[refKey{issuerID, ref}] = target{a.ID, a.Version, now}
	}
}

// forget drops what is believed about the newest version of an achievement.
func (c *cache) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, t := range c.refs {
		if t.id == id {
			delete(c.refs, k)
		}
	}
}
