package paper

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// finish writes every object and puts the file together.
func (d *Document) finish() []byte {
	fonts := ""
	for i, s := range d.order {
		fonts += fmt.Sprintf(" /F%d %d 0 R", i+1, s.write(&d.objects))
	}
	images := ""
	for i, num := range d.imageNumbers() {
		images += fmt.Sprintf(" /I%d %d 0 R", i+1, num)
	}
	resources := d.objects.add("<< /Font <<" + fonts + " >> /XObject <<" + images + " >> >>")
	tree := d.objects.reserve()
	pages := make([]int, len(d.pages))
	for i := range pages {
		pages[i] = d.objects.reserve()
	}
	kids, key := "", len(d.pages)
	for i, p := range d.pages {
		key = d.writePage(i, p, pageObjects{tree: tree, resources: resources, num: pages[i], key: key})
		kids += fmt.Sprintf(" %d 0 R", pages[i])
	}
	d.objects.set(tree, fmt.Sprintf("<< /Type /Pages /Kids [%s ] /Count %d >>", kids, len(pages)))
	structure := d.writeTree(pages)
	metadata := d.objects.rawStream("/Type /Metadata /Subtype /XML", d.xmp())
	names, files := d.writeFiles()
	root := d.objects.add(fmt.Sprintf("<< /Type /Catalog /Pages %d 0 R /StructTreeRoot %d 0 R /MarkInfo << /Marked true >> /Lang %s"+
		" /ViewerPreferences << /DisplayDocTitle true%s >> /Metadata %d 0 R%s%s >>",
		tree, structure, textString(d.c.Lang), d.direction(), metadata, names, files))
	stamp := d.c.Created.UTC().Format("D:20060102150405Z")
	info := d.objects.add(fmt.Sprintf("<< /Title %s /Author %s /Subject %s /Producer %s /CreationDate (%s) /ModDate (%s) >>",
		textString(d.c.Title), textString(d.c.Author), textString(d.c.Subject), textString(producer), stamp, stamp))
	return d.objects.write(root, info)
}

const producer = "Laurel"

func (d *Document) direction() string {
	if d.c.RightToLeft {
		return " /Direction /R2L"
	}
	return ""
}

// pageObjects are the numbers that a page refers to; key is the next of the parent tree.
type pageObjects struct{ tree, resources, num, key int }

func (d *Document) writePage(i int, p *page, o pageObjects) (nextKey int) {
	content := d.objects.stream("", p.content.Bytes())
	annots := ""
	for k := range p.links {
		l := &p.links[k]
		l.num = d.objects.add(fmt.Sprintf("<< /Type /Annot /Subtype /Link /Rect [%s] /Border [0 0 0] /F 4 /StructParent %d /Contents %s"+
			" /A << /S /URI /URI %s >> >>", l.rect, o.key, textString(l.url), asciiString(l.url)))
		annots += fmt.Sprintf(" %d 0 R", l.num)
		o.key++
	}
	if annots != "" {
		annots = " /Annots [" + annots + " ]"
	}
	d.objects.set(o.num, fmt.Sprintf("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Resources %d 0 R /Contents %d 0 R"+
		" /StructParents %d /Tabs /S%s >>", o.tree, num(d.width), num(d.height), o.resources, content, i, annots))
	return o.key
}

// asciiString writes a literal string of printable ASCII; other bytes never reach it.
func asciiString(s string) string {
	return "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(s) + ")"
}

// xmp is the metadata of the document as XMP (ISO 16684-1).
func (d *Document) xmp() []byte {
	stamp := d.c.Created.UTC().Format(time.RFC3339)
	lang := d.c.Lang
	if lang == "" {
		lang = "x-default"
	}
	return []byte("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""` +
		` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">` +
		`<dc:format>application/pdf</dc:format>` +
		`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + escape(d.c.Title) + `</rdf:li></rdf:Alt></dc:title>` +
		`<dc:description><rdf:Alt><rdf:li xml:lang="x-default">` + escape(d.c.Subject) + `</rdf:li></rdf:Alt></dc:description>` +
		`<dc:creator><rdf:Seq><rdf:li>` + escape(d.c.Author) + `</rdf:li></rdf:Seq></dc:creator>` +
		`<dc:language><rdf:Bag><rdf:li>` + escape(lang) + `</rdf:li></rdf:Bag></dc:language>` +
		`<xmp:CreateDate>` + stamp + `</xmp:CreateDate><xmp:ModifyDate>` + stamp + `</xmp:ModifyDate><xmp:CreatorTool>` + producer + `</xmp:CreatorTool>` +
		`<pdf:Producer>` + producer + `</pdf:Producer></rdf:Description></rdf:RDF></x:xmpmeta>` + "\n<?xpacket end=\"r\"?>")
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

// Attachment is a file inside of the document.
type Attachment struct {
	Name         string // as a viewer lists it
	Description  string
	Media        string // its media type
	Relationship string // AFRelationship: "Source", "Data", "Supplement"; default "Data"
	Body         []byte
}

type attached struct{ Attachment }

// Attach puts a file into the document.
func (d *Document) Attach(a Attachment) { d.files = append(d.files, attached{a}) }

// writeFiles writes the attached files and returns what the catalogue says of them (§7.11.4; /AF as in ISO 32000-2 §14.13).
func (d *Document) writeFiles() (names, associated string) {
	if len(d.files) == 0 {
		return "", ""
	}
	stamp := d.c.Created.UTC().Format("D:20060102150405Z")
	for i, f := range d.files {
		relationship := f.Relationship
		if relationship == "" {
			relationship = "Data"
		}
		media := strings.NewReplacer("/", "#2F", "+", "#2B", ".", "#2E").Replace(f.Media)
		body := d.objects.stream(fmt.Sprintf("/Type /EmbeddedFile /Subtype /%s /Params << /Size %d /ModDate (%s) >>", media, len(f.Body), stamp), f.Body)
		spec := d.objects.add(fmt.Sprintf("<< /Type /Filespec /F %s /UF %s /Desc %s /AFRelationship /%s /EF << /F %d 0 R /UF %d 0 R >> >>",
			textString(f.Name), textString(f.Name), textString(f.Description), relationship, body, body))
		names += fmt.Sprintf("(%04d) %d 0 R ", i, spec)
		associated += fmt.Sprintf(" %d 0 R", spec)
	}
	return " /Names << /EmbeddedFiles << /Names [ " + names + "] >> >>", " /AF [" + associated + " ]"
}
