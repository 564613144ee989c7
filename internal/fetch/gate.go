package fetch

import (
	"context"
	"sync"
)

// gate bounds how many requests are under way, in all and per host.
type gate struct {
	all     chan struct{}
	perHost int

	mu    sync.Mutex
	hosts map[string]*lane
}

// lane is the bound of one host, kept while somebody uses it.
type lane struct {
	places chan struct{}
	users  int
}

func newGate(all, perHost int) *gate {
	return &gate{all: make(chan struct{}, all), perHost: perHost, hosts: map[string]*lane{}}
}

// enter waits for a place, the host's first, so that requests that wait for one slow host take no place from others.
func (g *gate) enter(ctx context.Context, host string) (leave func(), err error) {
	l := g.lane(host)
	select {
	case l.places <- struct{}{}:
	case <-ctx.Done():
		g.release(host, l)
		return nil, ctx.Err()
	}
	select {
	case g.all <- struct{}{}:
	case <-ctx.Done():
		<-l.places
		g.release(host, l)
		return nil, ctx.Err()
	}
	return func() {
		<-g.all
		<-l.places
		g.release(host, l)
	}, nil
}

func (g *gate) lane(host string) *lane {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.hosts[host]
	if l == nil {
		l = &lane{places: make(chan struct{}, g.perHost)}
		g.hosts[host] = l
	}
	l.users++
	return l
}

func (g *gate) release(host string, l *lane) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l.users--; l.users == 0 {
		delete(g.hosts, host)
	}
}
