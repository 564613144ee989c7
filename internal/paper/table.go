package paper

import "fmt"

// Fact is a term and what it is.
type Fact struct{ Term, Text string }

// Facts writes a table of two columns whose first has the headers of its rows. Facts without a text are left out.
func (d *Document) Facts(facts []Fact) {
	const part = 0.32
	d.Group("Table", func() {
		for _, f := range facts {
			if f.Text == "" {
				continue
			}
			d.row([]cell{
				{kind: "TH", text: f.Term, part: part, scope: "Row", style: Style{Weight: Bold, Size: 10}},
				{kind: "TD", text: f.Text, part: 1 - part, style: Style{Size: 10, Direction: OfText}},
			})
		}
	})
	d.Space(6)
}

// Table writes a table. parts are the widths of the columns, relative to each other; nil makes them equal. A row has as many
// cells as head.
func (d *Document) Table(head []string, rows [][]string, parts []float64) {
	total := 0.0
	for i := range head {
		total += part(parts, i)
	}
	d.Group("Table", func() {
		cells := make([]cell, len(head))
		for i, text := range head {
			cells[i] = cell{kind: "TH", text: text, part: part(parts, i) / total, scope: "Column", style: Style{Weight: Bold, Size: 9.5}}
		}
		d.row(cells)
		for _, row := range rows {
			for i := range cells {
				text := ""
				if i < len(row) {
					text = row[i]
				}
				cells[i] = cell{kind: "TD", text: text, part: part(parts, i) / total, style: Style{Size: 9.5, Direction: OfText}}
			}
			d.row(cells)
		}
	})
	d.Space(6)
}

func part(parts []float64, i int) float64 {
	if i < len(parts) && parts[i] > 0 {
		return parts[i]
	}
	return 1
}

type cell struct {
	kind, text, scope string
	part              float64
	style             Style
}

// row writes the cells of a row side by side, the first where lines begin. A row stays on one page.
func (d *Document) row(cells []cell) {
	if d.err != nil {
		return
	}
	const gap = 8
	d.page()
	height := 0.0
	for _, c := range cells {
		s := c.style.filled()
		set, err := d.lines(c.text, s, d.area.w*c.part-gap)
		if err != nil {
			d.fail(err)
			return
		}
		height = max(height, float64(len(set))*s.Size*s.Leading)
	}
	d.Need(height + 4)
	whole := d.area
	d.artifact(func(p *page) {
		fmt.Fprintf(&p.content, "0.8 G 0.5 w %s %s m %s %s l S\n", num(whole.x), num(d.height-whole.y), num(whole.x+whole.w), num(d.height-whole.y))
	})
	d.Group("TR", func() {
		from := 0.0
		for _, c := range cells {
			w := whole.w * c.part
			x := whole.x + from
			if d.rtl {
				x = whole.x + whole.w - from - w
			}
			from += w
			d.area = area{x: x, y: whole.y + 2, w: w - gap, end: d.height}
			if d.rtl {
				d.area.x += gap
			}
			e := d.child(c.kind)
			if c.scope != "" {
				e.attrs = fmt.Sprintf("<< /O /Table /Scope /%s >>", c.scope)
			}
			if c.text != "" {
				d.write(e, c.text, c.style)
			}
		}
	})
	d.area = whole
	d.area.y += height + 4
}

// Items writes a list.
func (d *Document) Items(items []string) {
	d.Group("L", func() {
		for _, item := range items {
			d.Group("LI", func() {
				whole := d.area
				const indent = 14
				d.Need(16)
				whole.y = d.area.y
				d.area.w -= indent
				if !d.rtl {
					d.area.x += indent
				}
				at := d.area.y
				mark := d.area.x - indent
				if d.rtl {
					mark = whole.x + whole.w - 4
				}
				d.artifact(func(p *page) {
					fmt.Fprintf(&p.content, "0.3 g %s %s 3 3 re f\n", num(mark), num(d.height-at-9))
				})
				d.Text("LBody", item, Style{After: 3})
				d.area.x, d.area.w = whole.x, whole.w
			})
		}
	})
	d.Space(4)
}
