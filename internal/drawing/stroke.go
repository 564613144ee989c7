package drawing

import (
	"math"

	"github.com/openlaurel/laurel/internal/limits"
)

// stroker turns lines into outlines of the ink: a piece for each straight part, joint and end, all turned the same way, so that together
// they cover what any of them covers.
type stroker struct {
	style
	scale float64
	out   [][]point
	count int
}

// ink is what a pen of the style leaves along lines.
func ink(lines []outline, s style, scale float64) ([][]point, error) {
	k := stroker{style: s, scale: scale}
	if s.width == 0 {
		return nil, nil
	}
	for _, l := range lines {
		parts := []outline{l}
		if len(s.dash) > 0 {
			var err error
			if parts, err = k.dashed(l); err != nil {
				return nil, err
			}
		}
		for _, part := range parts {
			k.line(part)
		}
		if k.count > limits.DrawingEdges {
			return nil, tooMuch()
		}
	}
	return k.out, nil
}

func (k *stroker) add(piece ...point) {
	area := 0.0
	for i, p := range piece {
		q := piece[(i+1)%len(piece)]
		area += p.x*q.y - q.x*p.y
	}
	if area < 0 {
		for i, j := 0, len(piece)-1; i < j; i, j = i+1, j-1 {
			piece[i], piece[j] = piece[j], piece[i]
		}
	}
	k.out = append(k.out, piece)
	k.count += len(piece)
}

func (k *stroker) line(l outline) {
	points := distinct(l)
	half := k.width / 2
	if len(points) == 1 {
		k.dot(points[0], half)
		return
	}
	last := len(points) - 1
	sides := last
	if l.closed {
		sides++
	}
	at := func(i int) point { return points[i%len(points)] }
	for i := range sides {
		a, b := at(i), at(i+1)
		n := normal(a, b, half)
		k.add(point{a.x + n.x, a.y + n.y}, point{b.x + n.x, b.y + n.y}, point{b.x - n.x, b.y - n.y}, point{a.x - n.x, a.y - n.y})
		if l.closed || i < sides-1 {
			k.joint(a, b, at(i+2), half)
		}
	}
	if !l.closed {
		k.end(points[1], points[0], half)
		k.end(points[last-1], points[last], half)
	}
}

// distinct leaves out points that stand where the one before stands.
func distinct(l outline) []point {
	out := l.points[:1:1]
	for _, p := range l.points[1:] {
		if distance(p, out[len(out)-1]) > 1e-9 {
			out = append(out, p)
		}
	}
	if l.closed && len(out) > 1 && distance(out[0], out[len(out)-1]) <= 1e-9 {
		out = out[:len(out)-1]
	}
	return out
}

// normal is at a right angle to the line from a to b, long as half.
func normal(a, b point, half float64) point {
	d := distance(a, b)
	return point{(a.y - b.y) / d * half, (b.x - a.x) / d * half}
}

func (k *stroker) dot(p point, half float64) {
	switch k.cap {
	case "round":
		k.disc(p, half)
	case "square":
		k.add(point{p.x - half, p.y - half}, point{p.x + half, p.y - half}, point{p.x + half, p.y + half}, point{p.x - half, p.y + half})
	}
}

func (k *stroker) disc(p point, half float64) {
	n := int(min(64, max(8, math.Ceil(6*math.Sqrt(half*k.scale)))))
	piece := make([]point, n)
	for i := range piece {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		piece[i] = point{p.x + half*cos, p.y + half*sin}
	}
	k.add(piece...)
}

// end is what stands out beyond the end of a line that comes from a.
func (k *stroker) end(a, end point, half float64) {
	switch k.cap {
	case "round":
		k.disc(end, half)
	case "square":
		n := normal(a, end, half)
		d := point{n.y, -n.x}
		k.add(point{end.x + n.x, end.y + n.y}, point{end.x + n.x + d.x, end.y + n.y + d.y}, point{end.x - n.x + d.x, end.y - n.y + d.y},
			point{end.x - n.x, end.y - n.y})
	}
}

// joint fills the corner at b.
func (k *stroker) joint(a, b, c point, half float64) {
	if k.join == "round" {
		k.disc(b, half)
		return
	}
	n, m := normal(a, b, half), normal(b, c, half)
	turn := n.x*m.y - n.y*m.x
	if turn > 0 { // the outer side is the other one
		n, m = point{-n.x, -n.y}, point{-m.x, -m.y}
	}
	p, q := point{b.x + n.x, b.y + n.y}, point{b.x + m.x, b.y + m.y}
	// The tip of a mitre is 1/sin(θ/2) half widths away, and θ is the angle between the lines (SVG 2 §13.5.5).
	cosine := (n.x*m.x + n.y*m.y) / (half * half)
	sine := math.Sqrt(max(0, (1+cosine)/2))
	if k.join == "bevel" || sine*k.miter < 1 || turn == 0 {
		k.add(b, p, q)
		return
	}
	sum := point{n.x + m.x, n.y + m.y}
	long := math.Hypot(sum.x, sum.y)
	tip := point{b.x + sum.x/long*half/sine, b.y + sum.y/long*half/sine}
	k.add(b, p, tip, q)
}

// dashed cuts a line into dashes.
func (k *stroker) dashed(l outline) ([]outline, error) {
	points := distinct(l)
	if l.closed && len(points) > 1 {
		points = append(points[:len(points):len(points)], points[0])
	}
	whole := 0.0
	for _, d := range k.dash {
		whole += d
	}
	left := math.Mod(k.offset, whole)
	if left < 0 {
		left += whole
	}
	i := 0
	for range k.dash {
		if left < k.dash[i] {
			break
		}
		left -= k.dash[i]
		i = (i + 1) % len(k.dash)
	}
	left = max(1e-12, k.dash[i]-left)
	var out []outline
	current := []point{points[0]}
	for j := 1; j < len(points); j++ {
		a, b := points[j-1], points[j]
		for d := distance(a, b); d > left; d = distance(a, b) {
			t := left / d
			a = point{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t}
			if i%2 == 0 {
				out = append(out, outline{points: append(current, a)})
			}
			current = []point{a}
			if i = (i + 1) % len(k.dash); len(out) > limits.DrawingDashes {
				return nil, tooMuch()
			}
			if left = k.dash[i]; left == 0 { // an empty dash leaves a dot, an empty gap nothing
				left = 1e-12
			}
		}
		left -= distance(a, b)
		current = append(current, b)
	}
	if i%2 == 0 {
		out = append(out, outline{points: current})
	}
	return out, nil
}
