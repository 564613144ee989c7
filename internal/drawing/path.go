package drawing

import (
	"math"
	"strconv"

	"github.com/openlaurel/laurel/internal/limits"
)

// outline is a line that was made of straight pieces.
type outline struct {
	points []point
	closed bool
}

// pen gathers outlines. scale says how large a unit is in pixels, so that curves get as many pieces as one can see.
type pen struct {
	out   []outline
	at    point
	scale float64
	count int
}

func (p *pen) move(to point) {
	p.out = append(p.out, outline{points: []point{to}})
	p.at, p.count = to, p.count+1
}

func (p *pen) line(to point) {
	if len(p.out) == 0 || p.out[len(p.out)-1].closed {
		p.move(p.at)
	}
	o := &p.out[len(p.out)-1]
	o.points = append(o.points, to)
	p.at, p.count = to, p.count+1
}

func (p *pen) close() {
	if len(p.out) == 0 {
		return
	}
	o := &p.out[len(p.out)-1]
	o.closed = true
	p.at = o.points[0]
}

// curve draws a cubic Bézier curve.
func (p *pen) curve(c1, c2, to point) {
	from := p.at
	long := distance(from, c1) + distance(c1, c2) + distance(c2, to)
	n := int(min(96, max(4, math.Ceil(2*math.Sqrt(long*p.scale)))))
	for i := 1; i < n; i++ {
		t := float64(i) / float64(n)
		u := 1 - t
		a, b, c, d := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		p.line(point{a*from.x + b*c1.x + c*c2.x + d*to.x, a*from.y + b*c1.y + c*c2.y + d*to.y})
	}
	p.line(to)
}

func (p *pen) quadratic(c, to point) {
	from := p.at
	p.curve(point{from.x + 2*(c.x-from.x)/3, from.y + 2*(c.y-from.y)/3}, point{to.x + 2*(c.x-to.x)/3, to.y + 2*(c.y-to.y)/3}, to)
}

// arc is a part of an ellipse as a path names it (SVG 2 §9.3.8); turn is in degrees.
type arc struct {
	rx, ry, turn float64
	large, sweep bool
}

// arc draws a part of an ellipse (SVG 2, implementation notes, B.2).
func (p *pen) arc(a arc, to point) {
	from := p.at
	rx, ry := math.Abs(a.rx), math.Abs(a.ry)
	if rx == 0 || ry == 0 || from == to {
		p.line(to)
		return
	}
	sin, cos := math.Sincos(a.turn * math.Pi / 180)
	dx, dy := (from.x-to.x)/2, (from.y-to.y)/2
	x, y := cos*dx+sin*dy, cos*dy-sin*dx
	if l := x*x/(rx*rx) + y*y/(ry*ry); l > 1 {
		rx, ry = rx*math.Sqrt(l), ry*math.Sqrt(l)
	}
	below := rx*rx*y*y + ry*ry*x*x
	k := math.Sqrt(max(0, (rx*rx*ry*ry-below)/below))
	if a.large == a.sweep {
		k = -k
	}
	cx, cy := k*rx*y/ry, -k*ry*x/rx
	start := math.Atan2((y-cy)/ry, (x-cx)/rx)
	sweepBy := math.Atan2((-y-cy)/ry, (-x-cx)/rx) - start
	if a.sweep && sweepBy < 0 {
		sweepBy += 2 * math.Pi
	} else if !a.sweep && sweepBy > 0 {
		sweepBy -= 2 * math.Pi
	}
	m := matrix{cos, sin, -sin, cos, (from.x + to.x) / 2, (from.y + to.y) / 2}.times(translation(cx, cy)).times(scaling(rx, ry))
	p.turn(m, start, sweepBy)
	p.line(to)
}

// turn draws a part of the unit circle that m maps.
func (p *pen) turn(m matrix, start, by float64) {
	n := int(min(256, max(4, math.Ceil(math.Abs(by)*2*math.Sqrt(m.stretch()*p.scale)))))
	for i := 1; i <= n; i++ {
		sin, cos := math.Sincos(start + by*float64(i)/float64(n))
		p.line(m.apply(point{cos, sin}))
	}
}

func distance(a, b point) float64 { return math.Hypot(a.x-b.x, a.y-b.y) }

// path reads path data (SVG 2 §9.3).
type path struct {
	pen
	rest              string
	command           byte
	control           point // of the last curve
	lastCubic, lastQu bool
}

func (p *pen) data(d string) error {
	r := path{pen: *p, rest: d}
	defer func() { *p = r.pen }()
	for r.blank(); r.rest != ""; r.blank() {
		c := r.rest[0]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			r.command, r.rest = c, r.rest[1:]
		case r.command == 0 || r.command == 'z' || r.command == 'Z':
			return malformed("has a path that cannot be read")
		}
		if err := r.step(); err != nil {
			return err
		}
		if r.count > limits.DrawingEdges {
			return tooMuch()
		}
	}
	return nil
}

func (r *path) blank() {
	for r.rest != "" && (r.rest[0] == ' ' || r.rest[0] == ',' || r.rest[0] == '\t' || r.rest[0] == '\n' || r.rest[0] == '\r') {
		r.rest = r.rest[1:]
	}
}

// number reads the next number; two may stand together, as in "1.5.5-2".
func (r *path) number() (float64, bool) {
	r.blank()
	i, dot, digits := 0, false, false
	for ; i < len(r.rest); i++ {
		c := r.rest[i]
		switch {
		case c >= '0' && c <= '9':
			digits = true
			continue
		case (c == '+' || c == '-') && (i == 0 || r.rest[i-1] == 'e' || r.rest[i-1] == 'E'):
			continue
		case c == '.' && !dot:
			dot = true
			continue
		case (c == 'e' || c == 'E') && digits:
			dot = true // no other dot behind it
			continue
		}
		break
	}
	f, err := strconv.ParseFloat(r.rest[:i], 64)
	if err != nil || !(math.Abs(f) <= 1e9) {
		return 0, false
	}
	r.rest = r.rest[i:]
	return f, true
}

// flag reads one of the flags of an arc, which need no space around them.
func (r *path) flag() (float64, bool) {
	r.blank()
	if r.rest == "" || r.rest[0] != '0' && r.rest[0] != '1' {
		return 0, false
	}
	f := float64(r.rest[0] - '0')
	r.rest = r.rest[1:]
	return f, true
}

// step does what the command says, once.
func (r *path) step() error {
	arguments := map[byte]int{'m': 2, 'l': 2, 'h': 1, 'v': 1, 'c': 6, 's': 4, 'q': 4, 't': 2, 'a': 7, 'z': 0}
	kind := r.command | 0x20
	n, known := arguments[kind]
	if !known || len(r.out) == 0 && kind != 'm' {
		return malformed("has a path that cannot be read")
	}
	var f [7]float64
	for i := range n {
		read := r.number
		if kind == 'a' && (i == 3 || i == 4) {
			read = r.flag
		}
		v, ok := read()
		if !ok {
			return malformed("has a path that cannot be read")
		}
		f[i] = v
	}
	r.draw(kind, f)
	if kind == 'm' { // further pairs are lines
		r.command-- // L comes before M
	}
	return nil
}

func (r *path) draw(kind byte, f [7]float64) {
	base := point{}
	if r.command&0x20 != 0 {
		base = r.at
	}
	to := func(i int) point { return point{base.x + f[i], base.y + f[i+1]} }
	mirrored := func(curve bool) point {
		if !curve {
			return r.at
		}
		return point{2*r.at.x - r.control.x, 2*r.at.y - r.control.y}
	}
	cubic, qu := false, false
	switch kind {
	case 'm':
		r.move(to(0))
	case 'l':
		r.line(to(0))
	case 'h':
		r.line(point{base.x + f[0], r.at.y})
	case 'v':
		r.line(point{r.at.x, base.y + f[0]})
	case 'c':
		r.control, cubic = to(2), true
		r.curve(to(0), r.control, to(4))
	case 's':
		first := mirrored(r.lastCubic)
		r.control, cubic = to(0), true
		r.curve(first, r.control, to(2))
	case 'q':
		r.control, qu = to(0), true
		r.quadratic(r.control, to(2))
	case 't':
		r.control, qu = mirrored(r.lastQu), true
		r.quadratic(r.control, to(0))
	case 'a':
		r.arc(arc{f[0], f[1], f[2], f[3] == 1, f[4] == 1}, to(5))
	case 'z':
		r.close()
	}
	r.lastCubic, r.lastQu = cubic, qu
}
