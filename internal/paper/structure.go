package paper

import (
	"fmt"
	"strings"
)

// element is a node of the structure tree (ISO 32000-1 §14.7.2).
type element struct {
	kind  string
	alt   string
	lang  string
	attrs string // the attribute dictionary, or ""
	kids  []kid
	num   int // its object
}

// kid is an element, marked content on a page, or a link annotation.
type kid struct {
	element *element
	page    int
	mark    int
	annot   int // index in page.links, plus one
}

// child adds an element to the innermost open one.
func (d *Document) child(kind string) *element {
	e := &element{kind: kind, lang: d.lang}
	parent := d.open[len(d.open)-1]
	parent.kids = append(parent.kids, kid{element: e})
	return e
}

// mark brackets content of the current page that belongs to e.
func (d *Document) mark(e *element, draw func(p *page)) {
	p := d.page()
	id := len(p.marks)
	p.marks = append(p.marks, e)
	e.kids = append(e.kids, kid{page: len(d.pages) - 1, mark: id})
	fmt.Fprintf(&p.content, "/%s <</MCID %d>> BDC\n", e.kind, id)
	draw(p)
	p.content.WriteString("EMC\n")
}

// artifact brackets decoration, which nobody reads aloud.
func (d *Document) artifact(draw func(p *page)) {
	p := d.page()
	p.content.WriteString("/Artifact BMC\n")
	draw(p)
	p.content.WriteString("EMC\n")
}

// number gives every element below e its object.
func (d *Document) number(e *element) {
	e.num = d.objects.reserve()
	for _, k := range e.kids {
		if k.element != nil {
			d.number(k.element)
		}
	}
}

// writeElement writes e and what is below it; pages are the objects of the pages.
func (d *Document) writeElement(e *element, parent int, pages []int) {
	var b strings.Builder
	fmt.Fprintf(&b, "<< /Type /StructElem /S /%s /P %d 0 R", e.kind, parent)
	if e.alt != "" {
		b.WriteString(" /Alt " + textString(e.alt))
	}
	if e.lang != "" {
		b.WriteString(" /Lang " + textString(e.lang))
	}
	if e.attrs != "" {
		b.WriteString(" /A " + e.attrs)
	}
	b.WriteString(" /K [")
	for _, k := range e.kids {
		switch {
		case k.element != nil:
			fmt.Fprintf(&b, " %d 0 R", k.element.num)
		case k.annot > 0:
			fmt.Fprintf(&b, " << /Type /OBJR /Pg %d 0 R /Obj %d 0 R >>", pages[k.page], d.pages[k.page].links[k.annot-1].num)
		default:
			fmt.Fprintf(&b, " << /Type /MCR /Pg %d 0 R /MCID %d >>", pages[k.page], k.mark)
		}
	}
	b.WriteString(" ] >>")
	d.objects.set(e.num, b.String())
	for _, k := range e.kids {
		if k.element != nil {
			d.writeElement(k.element, e.num, pages)
		}
	}
}

// writeTree writes the structure tree and returns the object of its root.
func (d *Document) writeTree(pages []int) int {
	root := d.objects.reserve()
	d.number(d.root)
	d.writeElement(d.root, root, pages)
	var parents strings.Builder
	next := len(d.pages)
	for i, p := range d.pages {
		fmt.Fprintf(&parents, "%d [", i)
		for _, e := range p.marks {
			fmt.Fprintf(&parents, " %d 0 R", e.num)
		}
		parents.WriteString(" ] ")
	}
	for _, p := range d.pages {
		for i := range p.links {
			fmt.Fprintf(&parents, "%d %d 0 R ", next, p.links[i].of.num)
			next++
		}
	}
	tree := d.objects.add("<< /Nums [ " + parents.String() + "] >>")
	d.objects.set(root, fmt.Sprintf("<< /Type /StructTreeRoot /K %d 0 R /ParentTree %d 0 R /ParentTreeNextKey %d >>", d.root.num, tree, next))
	return root
}
