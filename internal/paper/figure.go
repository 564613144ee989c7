package paper

import (
	"crypto/sha256"
	"fmt"
	"image"
	"slices"
	"strings"
)

// Modules are the squares of a QR code; *qr.Code is one.
type Modules interface {
	Size() int
	Dark(x, y int) bool
}

// QR draws a code w points wide in the current area. alt says in words what it is for.
func (d *Document) QR(code Modules, alt string, w float64, a Align) {
	if d.err != nil {
		return
	}
	d.Need(w)
	x, y := d.left(w, a), d.area.y
	unit := w / float64(code.Size())
	var path strings.Builder
	for row := range code.Size() {
		for col := 0; col < code.Size(); col++ {
			from := col
			for code.Dark(col, row) {
				col++
			}
			if col > from {
				fmt.Fprintf(&path, "%s %s %s %s re\n", num(x+float64(from)*unit), num(d.height-y-float64(row+1)*unit), num(float64(col-from)*unit), num(unit))
			}
		}
	}
	d.figure(alt, [4]float64{x, y, w, w}, path.String()+"f\n")
}

// left is where something w wide begins.
func (d *Document) left(w float64, a Align) float64 {
	switch {
	case a == Center:
		return d.area.x + (d.area.w-w)/2
	case d.rtl:
		return d.area.x + d.area.w - w
	}
	return d.area.x
}

// figure draws content as a figure with its alternative text and box (x, y from the top, w, h), and moves on below it.
func (d *Document) figure(alt string, box [4]float64, content string) {
	e := d.child("Figure")
	e.alt = alt
	e.attrs = fmt.Sprintf("<< /O /Layout /Placement /Block /BBox [%s %s %s %s] >>",
		num(box[0]), num(d.height-box[1]-box[3]), num(box[0]+box[2]), num(d.height-box[1]))
	d.mark(e, func(p *page) { p.content.WriteString("q 0 g\n" + content + "Q\n") })
	d.area.y += box[3]
}

// Picture draws an image w points wide in the current area, no higher than h. An empty alt makes it decoration.
func (d *Document) Picture(img image.Image, alt string, w, h float64, a Align) {
	if d.err != nil {
		return
	}
	size := img.Bounds().Size()
	if size.X == 0 || size.Y == 0 {
		return
	}
	if height := w * float64(size.Y) / float64(size.X); height > h {
		w = h * float64(size.X) / float64(size.Y)
	} else {
		h = height
	}
	d.Need(h)
	x, y := d.left(w, a), d.area.y
	content := fmt.Sprintf("%s 0 0 %s %s %s cm /I%d Do\n", num(w), num(h), num(x), num(d.height-y-h), d.image(img))
	if alt == "" {
		d.artifact(func(p *page) { p.content.WriteString("q " + content + "Q\n") })
		d.area.y += h
		return
	}
	d.figure(alt, [4]float64{x, y, w, h}, content)
}

// image adds the pixels of an image once and returns its number in the resources, from 1.
func (d *Document) image(img image.Image) int {
	b := img.Bounds()
	rgb := make([]byte, 0, 3*b.Dx()*b.Dy())
	alpha := make([]byte, 0, b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, a := img.At(x, y).RGBA()
			if a != 0 && a != 0xFFFF { // colours come multiplied
				r, g, bl = r*0xFFFF/a, g*0xFFFF/a, bl*0xFFFF/a
			}
			rgb = append(rgb, byte(r>>8), byte(g>>8), byte(bl>>8)) //nolint:gosec // 16 bits become 8
			alpha = append(alpha, byte(a>>8))                      //nolint:gosec // as above
		}
	}
	sum := sha256.Sum256(slices.Concat(rgb, alpha))
	key := fmt.Sprintf("%dx%d %x", b.Dx(), b.Dy(), sum)
	if num, ok := d.pictures[key]; ok {
		return slices.Index(d.imageNumbers(), num) + 1
	}
	mask := d.objects.stream(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8", b.Dx(), b.Dy()), alpha)
	num := d.objects.stream(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 /SMask %d 0 R",
		b.Dx(), b.Dy(), mask), rgb)
	d.pictures[key] = num
	return slices.Index(d.imageNumbers(), num) + 1
}

// imageNumbers lists the objects of the pictures in the order in which they came.
func (d *Document) imageNumbers() []int {
	out := make([]int, 0, len(d.pictures))
	for _, num := range d.pictures {
		out = append(out, num)
	}
	slices.Sort(out)
	return out
}

// Box is a part of a page, in points from its upper left corner.
type Box struct{ X, Y, W, H float64 }

// Rule draws the diagonal of a box as decoration: a horizontal or vertical line where one of its sides is 0.
func (d *Document) Rule(b Box, width float64, c Colour) {
	d.artifact(func(p *page) {
		fmt.Fprintf(&p.content, "%s%s w %s %s m %s %s l S\n", c.stroke(), num(width), num(b.X), num(d.height-b.Y), num(b.X+b.W), num(d.height-b.Y-b.H))
	})
}

// Frame draws the sides of a box as decoration.
func (d *Document) Frame(b Box, width float64, c Colour) {
	d.artifact(func(p *page) {
		fmt.Fprintf(&p.content, "%s%s w %s %s %s %s re S\n", c.stroke(), num(width), num(b.X), num(d.height-b.Y-b.H), num(b.W), num(b.H))
	})
}
