package drawing

import (
	"math"
	"strconv"
	"strings"
)

type point struct{ x, y float64 }

// matrix maps (x, y) to (ax+cy+e, bx+dy+f).
type matrix struct{ a, b, c, d, e, f float64 }

func identity() matrix                { return matrix{a: 1, d: 1} }
func translation(x, y float64) matrix { return matrix{1, 0, 0, 1, x, y} }
func scaling(x, y float64) matrix     { return matrix{x, 0, 0, y, 0, 0} }
func (m matrix) apply(p point) point  { return point{m.a*p.x + m.c*p.y + m.e, m.b*p.x + m.d*p.y + m.f} }
func (m matrix) determinant() float64 { return m.a*m.d - m.b*m.c }
func (m matrix) stretch() float64     { return math.Sqrt(math.Abs(m.determinant())) }
func (m matrix) of(b box) matrix      { return m.times(matrix{b.w, 0, 0, b.h, b.x, b.y}) }
func (m matrix) usable() bool {
	d := math.Abs(m.determinant())
	return d > 1e-12 && d < 1e12 && m.bounded()
}
func (m matrix) times(n matrix) matrix { // first n, then m
	return matrix{
		m.a*n.a + m.c*n.b, m.b*n.a + m.d*n.b, m.a*n.c + m.c*n.d, m.b*n.c + m.d*n.d, m.a*n.e + m.c*n.f + m.e, m.b*n.e + m.d*n.f + m.f,
	}
}

func (m matrix) bounded() bool {
	for _, f := range [...]float64{m.a, m.b, m.c, m.d, m.e, m.f} {
		if !(math.Abs(f) < 1e9) {
			return false
		}
	}
	return true
}

func (m matrix) inverse() matrix {
	d := m.determinant()
	return matrix{m.d / d, -m.b / d, -m.c / d, m.a / d, (m.c*m.f - m.d*m.e) / d, (m.b*m.e - m.a*m.f) / d}
}

// transform reads a list of transformations (SVG 2 §8.5).
func transform(s string) (matrix, error) {
	m := identity()
	for rest := strings.TrimSpace(s); rest != "" && rest != "none"; rest = strings.TrimLeft(rest, " ,\t\r\n") {
		name, after, ok := strings.Cut(rest, "(")
		args, tail, closed := strings.Cut(after, ")")
		f, err := numbers(args)
		if !ok || !closed || err != nil {
			return m, unsupported("the transformation %q", s)
		}
		t, ok := one(strings.TrimSpace(name), f)
		if !ok || !t.bounded() {
			return m, unsupported("the transformation %q", s)
		}
		m, rest = m.times(t), tail
	}
	return m, nil
}

func one(name string, f []float64) (matrix, bool) {
	switch {
	case name == "matrix" && len(f) == 6:
		return matrix{f[0], f[1], f[2], f[3], f[4], f[5]}, true
	case name == "translate" && len(f) == 1:
		return translation(f[0], 0), true
	case name == "translate" && len(f) == 2:
		return translation(f[0], f[1]), true
	case name == "scale" && len(f) == 1:
		return scaling(f[0], f[0]), true
	case name == "scale" && len(f) == 2:
		return scaling(f[0], f[1]), true
	case name == "rotate" && (len(f) == 1 || len(f) == 3):
		sin, cos := math.Sincos(f[0] * math.Pi / 180)
		r := matrix{cos, sin, -sin, cos, 0, 0}
		if len(f) == 3 {
			r = translation(f[1], f[2]).times(r).times(translation(-f[1], -f[2]))
		}
		return r, true
	case name == "skewX" && len(f) == 1:
		return matrix{1, 0, math.Tan(f[0] * math.Pi / 180), 1, 0, 0}, true
	case name == "skewY" && len(f) == 1:
		return matrix{1, math.Tan(f[0] * math.Pi / 180), 0, 1, 0, 0}, true
	}
	return identity(), false
}

// numbers reads numbers with spaces or commas between them.
func numbers(s string) ([]float64, error) {
	var out []float64
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,\t\r\n", r) }) {
		f, err := strconv.ParseFloat(w, 64)
		if err != nil || !(math.Abs(f) <= 1e9) {
			return nil, unsupported("the numbers %q", s)
		}
		out = append(out, f)
	}
	return out, nil
}

// length reads a length in pixels; whole is what a percentage is of. An empty one is 0.
func length(s string, whole float64) (float64, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, nil
	}
	factor := 1.0
	for _, u := range [...]struct {
		unit   string
		factor float64
	}{{"px", 1}, {"pt", 96.0 / 72}, {"pc", 16}, {"mm", 96 / 25.4}, {"cm", 96 / 2.54}, {"in", 96}, {"%", whole / 100}} {
		if n, ok := strings.CutSuffix(s, u.unit); ok {
			s, factor = n, u.factor
			break
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(math.Abs(f) <= 1e9) {
		return 0, unsupported("the length %q", s)
	}
	return f * factor, nil
}
