package drawing

import (
	"math"
	"slices"

	"github.com/openlaurel/laurel/internal/limits"
)

// perElement is what an element costs beside its pixels.
const perElement = 2000

// renderer draws one picture.
type renderer struct {
	w, h   int
	canvas *layer // what is drawn on now
	layers int    // that lie under it
	ids    map[string]*node
	sheet  []rule
	view   box // what percentages are of
	work   int
	inside []*node // what refers to itself is not drawn for ever
}

// diagonal is what a percentage is of that is neither wide nor high (SVG 2 §8.9).
func (r *renderer) diagonal() float64 { return math.Hypot(r.view.w, r.view.h) / math.Sqrt2 }

func (r *renderer) root(n *node, w, h float64) error {
	m := scaling(float64(r.w)/w, float64(r.h)/h)
	r.view = box{0, 0, w, h}
	if v, ok := n.viewBox(); ok {
		to, err := fit(v, float64(r.w), float64(r.h), n.attrs["preserveAspectRatio"])
		if err != nil {
			return err
		}
		m, r.view = to, v
	}
	return r.group(n, initial(), m, func(s style) error { return r.children(n, s, m) })
}

func (r *renderer) children(n *node, s style, m matrix) error {
	for _, c := range n.children {
		if err := r.element(c, s, m); err != nil {
			return err
		}
		if n.name == "switch" && isDrawn(c.name) {
			break
		}
	}
	return nil
}

func isDrawn(name string) bool {
	return isShape(name) || name == "g" || name == "use" || name == "svg" || name == "switch" || name == "text"
}

// element draws one element with all that is inside it.
func (r *renderer) element(n *node, s style, m matrix) error {
	if !isDrawn(n.name) {
		return nil // definitions, titles
	}
	if err := r.spend(perElement); err != nil {
		return err
	}
	t, err := transform(n.attrs["transform"])
	if err != nil {
		return err
	}
	if m = m.times(t); !m.usable() {
		return nil // it is flat
	}
	return r.group(n, s, m, func(s style) error {
		switch n.name {
		case "g", "switch":
			return r.children(n, s, m)
		case "svg":
			return r.viewport(n, n, s, m)
		case "use":
			return r.use(n, s, m)
		case "text":
			if n.lettered() {
				return unsupported("text")
			}
			return nil
		}
		return r.shape(n, s, m)
	})
}

// group draws with the opacity, clip path and mask of an element.
func (r *renderer) group(n *node, s style, m matrix, draw func(style) error) error {
	s, err := r.with(s, n)
	if err != nil || n.property("display") == "none" {
		return err
	}
	opacity, err := n.opacity("opacity", 1)
	if err != nil {
		return err
	}
	share, err := r.shares(n, m)
	if err != nil {
		return err
	}
	if opacity == 1 && share == nil {
		return draw(s)
	}
	under := r.canvas
	if err := r.begin(); err != nil {
		return err
	}
	err = draw(s)
	under.put(r.canvas, opacity, share)
	r.end(under)
	return err
}

// begin starts a layer of its own, which end leaves.
func (r *renderer) begin() error {
	if r.layers++; r.layers > limits.DrawingLayers {
		return tooMuch()
	}
	if err := r.spend(8 * r.w * r.h); err != nil {
		return err
	}
	r.canvas = newLayer(r.w, r.h)
	return nil
}

func (r *renderer) end(under *layer) {
	r.canvas = under
	r.layers--
}

// enter notes that something refers to a part, and refuses a part that leads back to itself.
func (r *renderer) enter(target *node) error {
	if slices.Contains(r.inside, target) || len(r.inside) == limits.DrawingReferences {
		return unsupported("a part that shows itself")
	}
	r.inside = append(r.inside, target)
	return nil
}

func (r *renderer) leave() { r.inside = r.inside[:len(r.inside)-1] }

// use draws what it refers to at its own place (SVG 2 §5.6).
func (r *renderer) use(n *node, s style, m matrix) error {
	target := r.ids[reference(n.attrs["href"])]
	if target == nil {
		return nil
	}
	if err := r.enter(target); err != nil {
		return err
	}
	defer r.leave()
	x, err := length(n.attrs["x"], r.view.w)
	if err != nil {
		return err
	}
	y, err := length(n.attrs["y"], r.view.h)
	if err != nil {
		return err
	}
	if m = m.times(translation(x, y)); target.name == "symbol" || target.name == "svg" {
		return r.group(target, s, m, func(s style) error { return r.viewport(target, n, s, m) })
	}
	return r.element(target, s, m)
}

// viewport draws a symbol or an svg inside the picture, as large as sized says.
func (r *renderer) viewport(n, sized *node, s style, m matrix) error {
	size := func(name string, whole float64) (float64, error) {
		for _, from := range [...]*node{sized, n} {
			if v := from.attrs[name]; v != "" && v != "auto" {
				return length(v, whole)
			}
		}
		return whole, nil
	}
	w, err := size("width", r.view.w)
	if err != nil {
		return err
	}
	h, err := size("height", r.view.h)
	if err != nil || w <= 0 || h <= 0 {
		return err
	}
	if n == sized && n.name == "svg" {
		x, errX := length(n.attrs["x"], r.view.w)
		y, errY := length(n.attrs["y"], r.view.h)
		if errX != nil || errY != nil {
			return unsupported("a place that cannot be read")
		}
		m = m.times(translation(x, y))
	}
	inner, outer := m, r.view
	r.view = box{0, 0, w, h}
	defer func() { r.view = outer }()
	if v, ok := n.viewBox(); ok {
		to, err := fit(v, w, h, n.attrs["preserveAspectRatio"])
		if err != nil {
			return err
		}
		inner, r.view = m.times(to), v
	}
	if o := n.property("overflow"); o == "visible" || o == "auto" {
		return r.children(n, s, inner)
	}
	frame := &pen{scale: 1}
	frame.rectangle(box{0, 0, w, h}, 0, 0)
	c, err := r.fill(mapped(frame.out, m), "")
	if err != nil {
		return err
	}
	under := r.canvas
	if err := r.begin(); err != nil {
		return err
	}
	err = r.children(n, s, inner)
	under.put(r.canvas, 1, r.spread(c))
	r.end(under)
	return err
}

// spread is a cover as a share of each pixel of the picture.
func (r *renderer) spread(c cover) []float32 {
	out := make([]float32, r.w*r.h)
	for y := c.y0; y < c.y1; y++ {
		copy(out[y*r.w+c.x0:y*r.w+c.x1], c.share[(y-c.y0)*(c.x1-c.x0):])
	}
	return out
}

// shape fills and strokes one shape.
func (r *renderer) shape(n *node, s style, m matrix) error {
	if s.hidden {
		return nil
	}
	lines, err := r.lines(n, m.stretch())
	if err != nil || len(lines) == 0 {
		return err
	}
	own, _ := around(mapped(lines, identity()))
	parts := []func() error{func() error { return r.filling(n, lines, own, s, m) }, func() error { return r.stroke(n, lines, own, s, m) }}
	if s.strokeFirst {
		slices.Reverse(parts)
	}
	for _, part := range parts {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func (r *renderer) filling(n *node, lines []outline, own box, s style, m matrix) error {
	if n.name == "line" {
		return nil
	}
	p, err := r.paintOf(s.fill, s, own, m)
	if err != nil {
		return err
	}
	return r.cover(mapped(lines, m), s.fillRule, p, s.fillOpacity)
}

func (r *renderer) stroke(n *node, lines []outline, own box, s style, m matrix) error {
	p, err := r.paintOf(s.stroke, s, own, m)
	if err != nil || p == nil || s.width == 0 {
		return err
	}
	if len(s.dash) > 0 && n.attrs["pathLength"] != "" {
		return unsupported("dashes by pathLength")
	}
	pieces, err := ink(lines, s, m.stretch())
	if err != nil {
		return err
	}
	for _, piece := range pieces {
		for i := range piece {
			piece[i] = m.apply(piece[i])
		}
	}
	return r.cover(pieces, "", p, s.strokeOpacity)
}

// cover paints what lies inside outlines.
func (r *renderer) cover(outlines [][]point, rule string, p paint, opacity float32) error {
	if p == nil || opacity == 0 {
		return nil
	}
	c, err := r.fill(outlines, rule)
	if err != nil {
		return err
	}
	if err := r.spend(len(c.share)); err != nil {
		return err
	}
	width := c.x1 - c.x0
	for i, share := range c.share {
		if share > 0 {
			x, y := c.x0+i%width, c.y0+i/width
			r.canvas.over(y*r.w+x, p(float64(x)+0.5, float64(y)+0.5), share*opacity)
		}
	}
	return nil
}
