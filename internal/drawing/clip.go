package drawing

// shares is how much of each pixel the clip path and the mask of an element leave; nil: all of it.
func (r *renderer) shares(n *node, m matrix) ([]float32, error) {
	var out []float32
	for _, name := range [...]string{"clip-path", "mask"} {
		v := n.property(name)
		if v == "" || v == "none" {
			continue
		}
		target := r.ids[reference(v)]
		if reference(v) == "" {
			return nil, unsupported("the style %q", name+": "+v)
		}
		if target == nil {
			continue
		}
		if err := r.enter(target); err != nil {
			return nil, err
		}
		share, err := r.share(name, target, n, m)
		r.leave()
		if err != nil {
			return nil, err
		}
		out = product(out, share)
	}
	return out, nil
}

func product(a, b []float32) []float32 {
	if a == nil {
		return b
	}
	for i := range b {
		a[i] *= b[i]
	}
	return a
}

func (r *renderer) share(kind string, target, n *node, m matrix) ([]float32, error) {
	if want := map[string]string{"clip-path": "clipPath", "mask": "mask"}[kind]; target.name != want {
		return nil, unsupported("a %s of the kind %q", kind, target.name)
	}
	units := map[string]string{"clip-path": "clipPathUnits", "mask": "maskContentUnits"}[kind]
	content := m
	if target.attrs[units] == "objectBoundingBox" {
		b, ok, err := r.bounds(n, identity())
		if err != nil {
			return nil, err
		}
		if !ok || b.w == 0 || b.h == 0 {
			return make([]float32, r.w*r.h), nil
		}
		content = m.of(b)
	}
	under, view := r.canvas, r.view
	if err := r.begin(); err != nil {
		return nil, err
	}
	defer func() { r.view = view; r.end(under) }()
	if kind == "clip-path" {
		return r.clip(target, content)
	}
	return r.mask(target, n, m, content)
}

// clip is where the shapes of a clip path are (CSS Masking 1 §5).
func (r *renderer) clip(target *node, m matrix) ([]float32, error) {
	t, err := transform(target.attrs["transform"])
	if err != nil {
		return nil, err
	}
	m = m.times(t)
	s, err := r.with(initial(), target)
	if err != nil {
		return nil, err
	}
	for _, c := range target.children {
		if err := r.clipper(c, s, m); err != nil {
			return nil, err
		}
	}
	out := make([]float32, r.w*r.h)
	for i := range out {
		out[i] = r.canvas.pix[4*i+3]
	}
	more, err := r.shares(target, m)
	if err != nil || more == nil {
		return out, err
	}
	return product(out, more), nil
}

// clipper draws one shape of a clip path: all of it, whatever its paint.
func (r *renderer) clipper(n *node, s style, m matrix) error {
	switch {
	case n.name == "text" && n.lettered():
		return unsupported("text")
	case n.name != "use" && !isShape(n.name):
		return nil
	}
	t, err := transform(n.attrs["transform"])
	if err != nil {
		return err
	}
	if m = m.times(t); !m.usable() {
		return nil
	}
	return r.group(n, s, m, func(s style) error {
		if n.name == "use" {
			target := r.ids[reference(n.attrs["href"])]
			if target == nil || !isShape(target.name) {
				return nil
			}
			x, errX := length(n.attrs["x"], r.view.w)
			y, errY := length(n.attrs["y"], r.view.h)
			if errX != nil || errY != nil {
				return unsupported("a place that cannot be read")
			}
			return r.clipper(target, s, m.times(translation(x, y)))
		}
		s.fill, s.stroke, s.fillOpacity, s.fillRule = "black", "none", 1, s.clipRule
		return r.shape(n, s, m)
	})
}

// mask is how bright its content is (CSS Masking 1 §6), within its region.
func (r *renderer) mask(target, n *node, m, content matrix) ([]float32, error) {
	s, err := r.with(initial(), target)
	if err != nil {
		return nil, err
	}
	if err := r.children(target, s, content); err != nil {
		return nil, err
	}
	out := make([]float32, r.w*r.h)
	for i := range out {
		p := r.canvas.pix[4*i : 4*i+4]
		out[i] = 0.2125*p[0] + 0.7154*p[1] + 0.0721*p[2]
	}
	region, err := r.region(target, n, m)
	if err != nil {
		return nil, err
	}
	out = product(out, region)
	more, err := r.shares(target, m)
	if err != nil || more == nil {
		return out, err
	}
	return product(out, more), nil
}

// region is the rectangle outside of which a mask hides everything.
func (r *renderer) region(target, n *node, m matrix) ([]float32, error) {
	b := box{-0.1, -0.1, 1.2, 1.2}
	w, h := 1.0, 1.0
	if target.attrs["maskUnits"] == "userSpaceOnUse" {
		w, h = r.view.w, r.view.h
		b = box{r.view.x - 0.1*w, r.view.y - 0.1*h, 1.2 * w, 1.2 * h}
	} else {
		about, ok, err := r.bounds(n, identity())
		if err != nil {
			return nil, err
		}
		if !ok {
			return make([]float32, r.w*r.h), nil
		}
		m = m.of(about)
	}
	for _, part := range [...]struct {
		name  string
		into  *float64
		whole float64
	}{{"x", &b.x, w}, {"y", &b.y, h}, {"width", &b.w, w}, {"height", &b.h, h}} {
		v := target.attrs[part.name]
		if v == "" {
			continue
		}
		f, err := length(v, part.whole)
		if err != nil {
			return nil, err
		}
		*part.into = f
	}
	frame := &pen{scale: 1}
	frame.rectangle(b, 0, 0)
	c, err := r.fill(mapped(frame.out, m), "")
	return r.spread(c), err
}

// bounds is the box around an element without its strokes, in its own units; m maps what is inside to them.
func (r *renderer) bounds(n *node, m matrix) (b box, ok bool, err error) {
	if err := r.spend(perElement); err != nil {
		return b, false, err
	}
	if isShape(n.name) {
		lines, err := r.lines(n, 1)
		if err != nil {
			return b, false, err
		}
		b, ok = around(mapped(lines, m))
		return b, ok, nil
	}
	parts := n.children
	if n.name == "use" {
		target := r.ids[reference(n.attrs["href"])]
		if target == nil || target.name == "symbol" || target.name == "svg" {
			return b, false, unsupported("a clip path or mask about a symbol, by its box")
		}
		if err := r.enter(target); err != nil {
			return b, false, err
		}
		defer r.leave()
		x, errX := length(n.attrs["x"], r.view.w)
		y, errY := length(n.attrs["y"], r.view.h)
		if errX != nil || errY != nil {
			return b, false, unsupported("a place that cannot be read")
		}
		parts, m = []*node{target}, m.times(translation(x, y))
	}
	for _, c := range parts {
		if !isDrawn(c.name) {
			continue
		}
		t, err := transform(c.attrs["transform"])
		if err != nil {
			return b, false, err
		}
		more, found, err := r.bounds(c, m.times(t))
		if err != nil {
			return b, false, err
		}
		if found && ok {
			x, y := min(b.x, more.x), min(b.y, more.y)
			more = box{x, y, max(b.x+b.w, more.x+more.w) - x, max(b.y+b.h, more.y+more.h) - y}
		}
		if found {
			b, ok = more, true
		}
	}
	return b, ok, nil
}
