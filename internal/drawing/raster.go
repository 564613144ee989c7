package drawing

import (
	"math"
	"slices"

	"github.com/openlaurel/laurel/internal/limits"
)

// evenOdd is the rule by which what is inside twice is outside.
const evenOdd = "evenodd"

// slicesPerRow is how finely a row of pixels is cut; along a slice the share that is covered is exact.
const slicesPerRow = 8

// edge is a side of an outline from its upper to its lower end, in slices.
type edge struct {
	from, to int     // slices, the last excluded
	x, step  float64 // where it crosses the middle of slice from, and how far it moves with each
	winding  int
}

// cover is the share of each pixel that lies inside, within a rectangle of pixels; the zero value covers nothing.
type cover struct {
	x0, y0, x1, y1 int
	share          []float32
}

// fill covers outlines, each of which is closed. rule is evenodd or anything else, which is nonzero.
func (r *renderer) fill(outlines [][]point, rule string) (cover, error) {
	c := r.frame(outlines)
	if c.x0 >= c.x1 || c.y0 >= c.y1 {
		return cover{}, nil
	}
	edges, err := r.edges(outlines, c)
	if err != nil {
		return cover{}, err
	}
	width := c.x1 - c.x0
	if err := r.spend(width * (c.y1 - c.y0)); err != nil {
		return cover{}, err
	}
	c.share = make([]float32, width*(c.y1-c.y0))
	row := spans{full: make([]float32, width+1), part: make([]float32, width), left: float64(c.x0)}
	var active []edge
	var cuts []cut
	next := 0
	for s := c.y0 * slicesPerRow; s < c.y1*slicesPerRow; s++ {
		active = slices.DeleteFunc(active, func(e edge) bool { return e.to <= s })
		for ; next < len(edges) && edges[next].from <= s; next++ {
			active = append(active, edges[next])
		}
		if err := r.spend(len(active)); err != nil {
			return cover{}, err
		}
		cuts = cuts[:0]
		for i := range active {
			cuts = append(cuts, cut{active[i].x, active[i].winding})
			active[i].x += active[i].step
		}
		slices.SortFunc(cuts, func(a, b cut) int { return cmpFloat(a.x, b.x) })
		row.add(cuts, rule)
		if (s+1)%slicesPerRow == 0 {
			row.flush(c.share[(s/slicesPerRow-c.y0)*width:][:width])
		}
	}
	return c, nil
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

type cut struct {
	x       float64
	winding int
}

// frame is the rectangle of pixels that outlines may touch.
func (r *renderer) frame(outlines [][]point) cover {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, o := range outlines {
		for _, p := range o {
			x0, y0, x1, y1 = min(x0, p.x), min(y0, p.y), max(x1, p.x), max(y1, p.y)
		}
	}
	if !(x0 <= x1 && y0 <= y1) {
		return cover{}
	}
	clamp := func(f float64, most int) int { return int(min(float64(most), max(0, f))) }
	return cover{clamp(math.Floor(x0), r.w), clamp(math.Floor(y0), r.h), clamp(math.Ceil(x1)+1, r.w), clamp(math.Ceil(y1)+1, r.h), nil}
}

func (r *renderer) edges(outlines [][]point, c cover) ([]edge, error) {
	var out []edge
	top, bottom := float64(c.y0*slicesPerRow), float64(c.y1*slicesPerRow)
	for _, o := range outlines {
		if err := r.spend(len(o)); err != nil {
			return nil, err
		}
		for i, a := range o {
			b := o[(i+1)%len(o)]
			e := edge{winding: 1}
			if a.y > b.y {
				a, b, e.winding = b, a, -1
			}
			ay, by := a.y*slicesPerRow, b.y*slicesPerRow
			from, to := max(top, math.Ceil(ay-0.5)), min(bottom, math.Ceil(by-0.5))
			if !(from < to) {
				continue
			}
			e.from, e.to, e.step = int(from), int(to), (b.x-a.x)/(by-ay)
			e.x = a.x + (from+0.5-ay)*e.step
			out = append(out, e)
		}
	}
	if len(out) > limits.DrawingEdges {
		return nil, tooMuch()
	}
	slices.SortFunc(out, func(a, b edge) int { return a.from - b.from })
	return out, nil
}

// spans gathers the slices of one row.
type spans struct {
	full, part []float32 // full: differences of what is covered from here on; part: at the ends
	left       float64
}

func (s *spans) add(cuts []cut, rule string) {
	inside := 0
	for i := 0; i+1 < len(cuts); i++ {
		if rule == evenOdd {
			inside ^= 1
		} else {
			inside += cuts[i].winding
		}
		if inside != 0 {
			s.span(cuts[i].x-s.left, cuts[i+1].x-s.left)
		}
	}
}

func (s *spans) span(from, to float64) {
	from, to = max(0, from), min(float64(len(s.part)), to)
	if !(from < to) {
		return
	}
	const weight = 1.0 / slicesPerRow
	a, b := int(from), int(to)
	if a == b {
		s.part[a] += float32((to - from) * weight)
		return
	}
	s.part[a] += float32((float64(a+1) - from) * weight)
	s.full[a+1] += weight
	s.full[b] -= weight
	if b < len(s.part) {
		s.part[b] += float32((to - float64(b)) * weight)
	}
}

// flush writes the row and begins the next.
func (s *spans) flush(row []float32) {
	var sum float32
	for i := range row {
		sum += s.full[i]
		row[i] = min(1, max(0, sum+s.part[i]))
		s.full[i], s.part[i] = 0, 0
	}
	s.full[len(row)] = 0
}

// spend counts work, so that no drawing takes for ever.
func (r *renderer) spend(n int) error {
	if r.work += n; r.work > limits.DrawingWork {
		return tooMuch()
	}
	return nil
}
