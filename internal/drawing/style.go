package drawing

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"

	"github.com/openlaurel/laurel/internal/limits"
)

// declaration is one property with its value.
type declaration struct{ name, value string }

// rule is a style rule for elements of one name, id or set of classes.
type rule struct {
	element, id  string
	classes      []string
	weight       int // CSS Selectors 4 §17
	declarations []declaration
}

// sheet gathers the rules of all style elements; the later of two with the same weight comes later.
func (n *node) sheet() ([]rule, error) {
	var out []rule
	if n.name == "style" {
		rules, err := rules(n.css)
		if err != nil {
			return nil, err
		}
		out = rules
	}
	for _, c := range n.children {
		more, err := c.sheet()
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	if len(out) > limits.DrawingRules {
		return nil, tooMuch()
	}
	slices.SortStableFunc(out, func(a, b rule) int { return a.weight - b.weight })
	return out, nil
}

func rules(css string) ([]rule, error) {
	var out []rule
	for strings.TrimSpace(css) != "" {
		selectors, after, ok := strings.Cut(css, "{")
		body, rest, closed := strings.Cut(after, "}")
		if !ok || !closed || strings.Contains(body, "{") {
			return nil, unsupported("a style sheet that cannot be read")
		}
		list := declarations(body)
		for _, s := range strings.Split(selectors, ",") {
			r, ok := selector(strings.TrimSpace(s))
			if !ok {
				return nil, unsupported("a style rule for %q", strings.TrimSpace(s))
			}
			r.declarations = list
			out = append(out, r)
		}
		css = rest
	}
	return out, nil
}

// selector reads a name, classes and an id without anything between them.
func selector(s string) (rule, bool) {
	var r rule
	if s == "" || strings.ContainsAny(s, " \t\r\n>+~:[]()") {
		return r, false
	}
	for s != "" {
		end := strings.IndexAny(s[1:], ".#") + 1
		if end == 0 {
			end = len(s)
		}
		part := s[:end]
		switch {
		case part == "." || part == "#":
			return r, false
		case part[0] == '.':
			r.classes = append(r.classes, part[1:])
			r.weight += 100
		case part[0] == '#':
			if r.id != "" {
				return r, false
			}
			r.id = part[1:]
			r.weight += 10_000
		case part != "*":
			r.element = part
			r.weight++
		}
		s = s[end:]
	}
	return r, true
}

func (r rule) matches(n *node, classes []string) bool {
	if r.element != "" && r.element != n.name || r.id != "" && r.id != n.attrs["id"] {
		return false
	}
	for _, c := range r.classes {
		if !slices.Contains(classes, c) {
			return false
		}
	}
	return true
}

func declarations(css string) []declaration {
	var out []declaration
	for _, d := range strings.Split(css, ";") {
		if name, value, ok := strings.Cut(d, ":"); ok {
			out = append(out, declaration{strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)})
		}
	}
	return out
}

// declared gathers what rules and the style attribute say about an element, once.
func (r *renderer) declared(n *node) error {
	if n.styled {
		return nil
	}
	n.styled = true
	classes := strings.Fields(n.attrs["class"])
	if err := r.spend(len(r.sheet) * (1 + len(classes))); err != nil {
		return err
	}
	for _, rule := range r.sheet {
		if rule.matches(n, classes) {
			n.order = append(n.order, rule.declarations...)
		}
	}
	n.order = append(n.order, declarations(n.attrs["style"])...)
	for _, d := range n.order {
		if err := drawable(d.name, d.value); err != nil {
			return err
		}
	}
	for _, name := range [...]string{"marker-start", "marker-mid", "marker-end", "mix-blend-mode", "vector-effect"} {
		if err := drawable(name, n.attrs[name]); err != nil {
			return err
		}
	}
	return nil
}

// property is the value of a property of an element itself: by rule and style, or else by attribute; empty when nothing says.
func (n *node) property(name string) string {
	for _, d := range slices.Backward(n.order) {
		if d.name == name && d.value != "" {
			return d.value
		}
	}
	return strings.TrimSpace(n.attrs[name])
}

// drawable refuses properties that would look otherwise in a browser.
func drawable(name, value string) error {
	plain := true
	switch name {
	case "filter", "backdrop-filter", "vector-effect", "transform", "marker", "marker-start", "marker-mid", "marker-end", "translate", "scale", "rotate":
		plain = value == "none"
	case "mix-blend-mode":
		plain = value == "normal"
	case "mask-type":
		plain = value == "luminance"
	case "clip":
		plain = value == "auto"
	case "zoom":
		plain = value == "1" || value == "normal"
	case "d", "x", "y", "cx", "cy", "r", "rx", "ry", "width", "height", "all": // shapes by style
		plain = false
	}
	if value != "" && (!plain || strings.Contains(value, "!important") || strings.Contains(value, "var(")) {
		return unsupported("the style %q", name+": "+value)
	}
	return nil
}

// style is what an element hands on to those inside it.
type style struct {
	fill, stroke               string // paint
	fillOpacity, strokeOpacity float32
	fillRule, clipRule         string
	width, miter, offset       float64
	cap, join                  string
	dash                       []float64
	colour                     string
	hidden                     bool
	strokeFirst                bool // paint-order
}

func initial() style {
	return style{fill: "black", stroke: "none", fillOpacity: 1, strokeOpacity: 1, width: 1, miter: 4, cap: "butt", join: "miter", colour: "black"}
}

// with is the style of an element inside one with style s.
func (r *renderer) with(s style, n *node) (style, error) {
	if err := r.declared(n); err != nil {
		return s, err
	}
	word := func(into *string, name string) {
		if v := n.property(name); v != "" && v != "inherit" {
			*into = v
		}
	}
	for name, into := range map[string]*string{
		"fill": &s.fill, "stroke": &s.stroke, "fill-rule": &s.fillRule, "clip-rule": &s.clipRule, "stroke-linecap": &s.cap, "stroke-linejoin": &s.join,
		"color": &s.colour,
	} {
		word(into, name)
	}
	var err error
	number := func(name string, old float64) float64 {
		v := n.property(name)
		if v == "" || v == "inherit" || err != nil {
			return old
		}
		var f float64
		if f, err = length(v, r.diagonal()); err == nil && f < 0 && name != "stroke-dashoffset" {
			err = unsupported("the style %q", name+": "+v)
		}
		return f
	}
	s.width, s.miter, s.offset = number("stroke-width", s.width), number("stroke-miterlimit", s.miter), number("stroke-dashoffset", s.offset)
	if err != nil {
		return s, err
	}
	if s.fillOpacity, err = n.opacity("fill-opacity", s.fillOpacity); err != nil {
		return s, err
	}
	if s.strokeOpacity, err = n.opacity("stroke-opacity", s.strokeOpacity); err != nil {
		return s, err
	}
	if v := n.property("paint-order"); v != "" && v != "inherit" {
		fill, stroke := strings.Index(v, "fill"), strings.Index(v, "stroke")
		s.strokeFirst = stroke >= 0 && (fill < 0 || stroke < fill)
	}
	if v := n.property("visibility"); v != "" && v != "inherit" {
		s.hidden = v != "visible"
	}
	return s, r.dashes(&s, n)
}

func (r *renderer) dashes(s *style, n *node) error {
	v := n.property("stroke-dasharray")
	if v == "" || v == "inherit" {
		return nil
	}
	if s.dash = nil; v == "none" {
		return nil
	}
	sum := 0.0
	for _, w := range strings.FieldsFunc(v, func(c rune) bool { return strings.ContainsRune(" ,\t\r\n", c) }) {
		f, err := length(w, r.diagonal())
		if err != nil || f < 0 {
			return unsupported("the style %q", "stroke-dasharray: "+v)
		}
		s.dash, sum = append(s.dash, f), sum+f
	}
	if sum == 0 {
		s.dash = nil
	}
	if len(s.dash)%2 == 1 {
		s.dash = append(s.dash, s.dash...)
	}
	return nil
}

// opacity reads a share of one, or a percentage.
func (n *node) opacity(name string, old float32) (float32, error) {
	v := n.property(name)
	if v == "" || v == "inherit" {
		return old, nil
	}
	f, err := length(v, 1)
	if err != nil {
		return old, err
	}
	return float32(min(1, max(0, f))), nil
}

// colour has shares of one, not multiplied.
type colour struct{ r, g, b, a float32 }

// parseColour reads a colour of CSS: by name, #rgb, #rrggbb, rgb() or hsl(), the alpha included. current is that of currentColor.
func parseColour(s, current string) (colour, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch {
	case s == "currentcolor":
		if strings.EqualFold(current, s) {
			return colour{}, false
		}
		return parseColour(current, "")
	case s == "transparent":
		return colour{}, true
	case strings.HasPrefix(s, "#"):
		return hexColour(s[1:])
	case strings.HasSuffix(s, ")"):
		return colourFunction(s)
	}
	c, ok := colornames.Map[s]
	return colour{float32(c.R) / 255, float32(c.G) / 255, float32(c.B) / 255, 1}, ok
}

func hexColour(s string) (colour, bool) {
	if len(s) == 3 || len(s) == 4 {
		var twice []byte
		for i := range len(s) {
			twice = append(twice, s[i], s[i])
		}
		s = string(twice)
	}
	if len(s) == 6 {
		s += "ff"
	}
	v, err := strconv.ParseUint(s, 16, 32)
	share := func(shift uint) float32 { return float32(v>>shift&0xFF) / 255 }
	return colour{share(24), share(16), share(8), share(0)}, err == nil && len(s) == 8
}

func colourFunction(s string) (colour, bool) {
	name, args, _ := strings.Cut(strings.TrimSuffix(s, ")"), "(")
	f := strings.FieldsFunc(args, func(c rune) bool { return strings.ContainsRune(" ,/\t\r\n", c) })
	if len(f) == 3 {
		f = append(f, "1")
	}
	if len(f) != 4 {
		return colour{}, false
	}
	var v [4]float64
	for i, w := range f {
		n, percent := strings.CutSuffix(w, "%")
		x, err := strconv.ParseFloat(strings.TrimSuffix(n, "deg"), 64)
		if err != nil || math.Abs(x) > 1e6 {
			return colour{}, false
		}
		switch {
		case percent:
			x /= 100
		case i < 3 && strings.HasPrefix(name, "rgb"):
			x /= 255
		}
		v[i] = x
	}
	unit := func(x float64) float32 { return float32(min(1, max(0, x))) }
	switch name {
	case "rgb", "rgba":
		return colour{unit(v[0]), unit(v[1]), unit(v[2]), unit(v[3])}, true
	case "hsl", "hsla":
		channel := func(n float64) float32 { // CSS Color 4 §7.1
			k := math.Mod(n+v[0]/30, 12)
			if k < 0 {
				k += 12
			}
			return unit(v[2] - v[1]*min(v[2], 1-v[2])*max(-1, min(k-3, 9-k, 1)))
		}
		return colour{channel(0), channel(8), channel(4), unit(v[3])}, true
	}
	return colour{}, false
}
