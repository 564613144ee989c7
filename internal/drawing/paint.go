package drawing

import (
	"math"
	"slices"
	"strings"

	"github.com/openlaurel/laurel/internal/limits"
)

// paint says which colour a pixel has; nil paints nothing.
type paint func(x, y float64) colour

// paintOf reads a fill or stroke. about is the box of the shape, m maps its units to pixels.
func (r *renderer) paintOf(value string, s style, about box, m matrix) (paint, error) {
	if strings.HasPrefix(value, "url(") {
		_, fallback, _ := strings.Cut(value, ")")
		server := r.ids[reference(value)]
		if server != nil {
			return r.gradient(server, s, about, m)
		}
		if value = strings.TrimSpace(fallback); value == "" {
			return nil, nil
		}
	}
	if value == "none" {
		return nil, nil
	}
	c, ok := parseColour(value, s.colour)
	if !ok {
		return nil, unsupported("the paint %q", value)
	}
	return func(float64, float64) colour { return c }, nil
}

type stop struct {
	at float64
	colour
}

// gradient reads a linear or radial gradient (SVG 2 §14.2).
func (r *renderer) gradient(n *node, s style, about box, m matrix) (paint, error) {
	if n.name != "linearGradient" && n.name != "radialGradient" {
		return nil, unsupported("a paint of the kind %q", n.name)
	}
	chain, err := r.chain(n)
	if err != nil {
		return nil, err
	}
	attr := func(name string) string {
		for _, n := range chain {
			if v := strings.TrimSpace(n.attrs[name]); v != "" {
				return v
			}
		}
		return ""
	}
	stops, err := r.stops(chain, s)
	if err != nil || len(stops) == 0 {
		return nil, err
	}
	flat := stops[len(stops)-1].colour
	local, err := transform(attr("gradientTransform"))
	if err != nil {
		return nil, err
	}
	relative := attr("gradientUnits") != "userSpaceOnUse"
	if relative {
		if about.w == 0 || about.h == 0 {
			return nil, nil
		}
		m = m.of(about)
	}
	if m = m.times(local); !m.usable() {
		return func(float64, float64) colour { return flat }, nil
	}
	position, err := r.position(n.name, attr, relative)
	if err != nil {
		return nil, err
	}
	if position == nil {
		return func(float64, float64) colour { return flat }, nil
	}
	back, spread := m.inverse(), attr("spreadMethod")
	return func(x, y float64) colour {
		t, ok := position(back.apply(point{x, y}))
		if !ok {
			return colour{}
		}
		return along(stops, spreadOut(t, spread))
	}, nil
}

// chain is a gradient with those that it takes what it does not say from.
func (r *renderer) chain(n *node) ([]*node, error) {
	chain := []*node{n}
	for next := r.ids[reference(n.attrs["href"])]; next != nil; next = r.ids[reference(next.attrs["href"])] {
		if slices.Contains(chain, next) || len(chain) == limits.DrawingLayers {
			return nil, tooMuch()
		}
		chain = append(chain, next)
	}
	return chain, nil
}

func (r *renderer) stops(chain []*node, s style) ([]stop, error) {
	var out []stop
	for _, n := range chain {
		for _, c := range n.children {
			if c.name != "stop" {
				continue
			}
			if err := r.declared(c); err != nil {
				return nil, err
			}
			st, err := stopOf(c, s)
			if err != nil {
				return nil, err
			}
			if len(out) > 0 {
				st.at = max(st.at, out[len(out)-1].at)
			}
			if out = append(out, st); len(out) > limits.DrawingStops {
				return nil, tooMuch()
			}
		}
		if len(out) > 0 {
			break
		}
	}
	return out, nil
}

func stopOf(n *node, s style) (stop, error) {
	at, err := length(n.attrs["offset"], 1)
	if err != nil {
		return stop{}, err
	}
	value := n.property("stop-color")
	if value == "" {
		value = "black"
	}
	current := n.property("color")
	if current == "" {
		current = s.colour
	}
	c, ok := parseColour(value, current)
	if !ok {
		return stop{}, unsupported("the colour %q", value)
	}
	share, err := n.opacity("stop-opacity", 1)
	c.a *= share
	return stop{min(1, max(0, at)), c}, err
}

// position says how far along the gradient a point of its units is; nil when the gradient has no length.
func (r *renderer) position(kind string, attr func(string) string, relative bool) (func(point) (float64, bool), error) {
	var err error
	get := func(name, otherwise string, whole float64) float64 {
		v := attr(name)
		if v == "" {
			v = otherwise
		}
		if relative {
			whole = 1
		}
		f, wrong := length(v, whole)
		if wrong != nil {
			err = wrong
		}
		return f
	}
	w, h := r.view.w, r.view.h
	if kind == "linearGradient" {
		a, b := point{get("x1", "0%", w), get("y1", "0%", h)}, point{get("x2", "100%", w), get("y2", "0%", h)}
		dx, dy := b.x-a.x, b.y-a.y
		if dx == 0 && dy == 0 {
			return nil, err
		}
		return func(p point) (float64, bool) { return ((p.x-a.x)*dx + (p.y-a.y)*dy) / (dx*dx + dy*dy), true }, err
	}
	c, radius := point{get("cx", "50%", w), get("cy", "50%", h)}, get("r", "50%", r.diagonal())
	f := c
	if attr("fx") != "" {
		f.x = get("fx", "", w)
	}
	if attr("fy") != "" {
		f.y = get("fy", "", h)
	}
	if radius <= 0 {
		return nil, err
	}
	return cone(c, f, radius), err
}

// cone is the position in a radial gradient: the largest t for which p lies on the circle around f+t(c-f) with radius t·r.
func cone(c, f point, radius float64) func(point) (float64, bool) {
	if d := distance(c, f); d > radius*0.999 { // the focus stays inside
		f = point{c.x + (f.x-c.x)*radius*0.999/d, c.y + (f.y-c.y)*radius*0.999/d}
	}
	dx, dy := c.x-f.x, c.y-f.y
	a := radius*radius - dx*dx - dy*dy
	return func(p point) (float64, bool) {
		x, y := p.x-f.x, p.y-f.y
		b := x*dx + y*dy
		return (-b + math.Sqrt(max(0, b*b+a*(x*x+y*y)))) / a, true
	}
}

func spreadOut(t float64, method string) float64 {
	switch method {
	case "repeat":
		return t - math.Floor(t)
	case "reflect":
		t = math.Mod(math.Abs(t), 2)
		return min(t, 2-t)
	}
	return min(1, max(0, t))
}

// along is the colour at a position from 0 to 1.
func along(stops []stop, t float64) colour {
	if t <= stops[0].at {
		return stops[0].colour
	}
	for i := 1; i < len(stops); i++ {
		a, b := stops[i-1], stops[i]
		if t > b.at || a.at == b.at {
			continue
		}
		share := float32((t - a.at) / (b.at - a.at))
		mix := func(x, y float32) float32 { return x + (y-x)*share }
		return colour{mix(a.r, b.r), mix(a.g, b.g), mix(a.b, b.b), mix(a.a, b.a)}
	}
	return stops[len(stops)-1].colour
}
