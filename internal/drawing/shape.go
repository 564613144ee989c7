package drawing

import (
	"math"
	"strings"
)

// lines are the outlines of a basic shape or path, in its own units. scale is that of the pen.
func (r *renderer) lines(n *node, scale float64) ([]outline, error) {
	p := &pen{scale: scale}
	var err error
	get := func(name string, whole float64) float64 {
		f, wrong := length(n.attrs[name], whole)
		if wrong != nil {
			err = wrong
		}
		return f
	}
	w, h := r.view.w, r.view.h
	switch n.name {
	case "path":
		err = p.data(n.attrs["d"])
	case "rect":
		b := box{get("x", w), get("y", h), get("width", w), get("height", h)}
		rx, ry := get("rx", w), get("ry", h)
		if n.attrs["rx"] == "" || n.attrs["rx"] == "auto" {
			rx = ry
		}
		if n.attrs["ry"] == "" || n.attrs["ry"] == "auto" {
			ry = rx
		}
		p.rectangle(b, min(max(0, rx), b.w/2), min(max(0, ry), b.h/2))
	case "circle":
		p.ellipse(get("cx", w), get("cy", h), get("r", r.diagonal()), get("r", r.diagonal()))
	case "ellipse":
		p.ellipse(get("cx", w), get("cy", h), get("rx", w), get("ry", h))
	case "line":
		p.move(point{get("x1", w), get("y1", h)})
		p.line(point{get("x2", w), get("y2", h)})
	case "polyline", "polygon":
		f, wrong := numbers(n.attrs["points"])
		if wrong != nil {
			return nil, wrong
		}
		for i := 0; i+1 < len(f); i += 2 {
			if i == 0 {
				p.move(point{f[0], f[1]})
				continue
			}
			p.line(point{f[i], f[i+1]})
		}
		if n.name == "polygon" {
			p.close()
		}
	}
	if err == nil {
		err = r.spend(p.count)
	}
	return p.out, err
}

func (p *pen) rectangle(b box, rx, ry float64) {
	if b.w <= 0 || b.h <= 0 {
		return
	}
	x, y := b.x+b.w, b.y+b.h
	if rx == 0 || ry == 0 {
		p.move(point{b.x, b.y})
		p.line(point{x, b.y})
		p.line(point{x, y})
		p.line(point{b.x, y})
		p.close()
		return
	}
	corner := arc{rx: rx, ry: ry, sweep: true}
	p.move(point{b.x + rx, b.y})
	p.line(point{x - rx, b.y})
	p.arc(corner, point{x, b.y + ry})
	p.line(point{x, y - ry})
	p.arc(corner, point{x - rx, y})
	p.line(point{b.x + rx, y})
	p.arc(corner, point{b.x, y - ry})
	p.line(point{b.x, b.y + ry})
	p.arc(corner, point{b.x + rx, b.y})
	p.close()
}

func (p *pen) ellipse(cx, cy, rx, ry float64) {
	if rx <= 0 || ry <= 0 {
		return
	}
	p.move(point{cx + rx, cy})
	p.turn(matrix{rx, 0, 0, ry, cx, cy}, 0, 2*math.Pi)
	p.close()
}

func isShape(name string) bool {
	switch name {
	case "path", "rect", "circle", "ellipse", "line", "polyline", "polygon":
		return true
	}
	return false
}

// mapped are outlines in pixels.
func mapped(lines []outline, m matrix) [][]point {
	out := make([][]point, len(lines))
	for i, l := range lines {
		out[i] = make([]point, len(l.points))
		for j, p := range l.points {
			out[i][j] = m.apply(p)
		}
	}
	return out
}

// around is the box around points; false when there are none.
func around(lines [][]point) (box, bool) {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, l := range lines {
		for _, p := range l {
			x0, y0, x1, y1 = min(x0, p.x), min(y0, p.y), max(x1, p.x), max(y1, p.y)
		}
	}
	return box{x0, y0, x1 - x0, y1 - y0}, x0 <= x1 && y0 <= y1
}

// fit maps a viewBox into a viewport (SVG 2 §8.6, preserveAspectRatio).
func fit(view box, w, h float64, how string) (matrix, error) {
	sx, sy := w/view.w, h/view.h
	f := strings.Fields(how)
	align := "xMidYMid"
	if len(f) > 0 {
		align = f[0]
	}
	if align != "none" {
		if len(f) > 1 && f[1] == "slice" {
			sx = max(sx, sy)
		} else {
			sx = min(sx, sy)
		}
		sy = sx
	}
	share := map[string]float64{"Min": 0, "Mid": 0.5, "Max": 1}
	dx, dy := 0.0, 0.0
	if align != "none" {
		if len(align) != len("xMidYMid") {
			return identity(), unsupported("the value %q of preserveAspectRatio", how)
		}
		a, okX := share[align[1:4]]
		b, okY := share[align[5:]]
		if !okX || !okY {
			return identity(), unsupported("the value %q of preserveAspectRatio", how)
		}
		dx, dy = (w-view.w*sx)*a, (h-view.h*sy)*b
	}
	return matrix{sx, 0, 0, sy, dx - view.x*sx, dy - view.y*sy}, nil
}
