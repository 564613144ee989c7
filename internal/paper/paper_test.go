package paper_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/paper"
	"github.com/openlaurel/laurel/internal/paper/papertest"
	"github.com/openlaurel/laurel/internal/pdf"
	"github.com/openlaurel/laurel/internal/qr"
)

func document(fonts *paper.Fonts, lang string) *paper.Document {
	return paper.New(paper.Config{
		Fonts: fonts, Title: "A (very) \\ good title – Ünïcode", Author: "Open School", Subject: "a test <&>", Lang: lang,
		RightToLeft: lang == "ar", Created: time.Unix(1_800_000_000, 0),
	})
}

func finish(t *testing.T, d *paper.Document) []byte {
	t.Helper()
	out, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// source gives the same fonts for every script that it is asked for.
type source struct {
	files [][]byte
	err   error
	asked *[]string
}

func (s source) Find(script string) iter.Seq2[[]byte, error] {
	if s.asked != nil {
		*s.asked = append(*s.asked, script)
	}
	return func(yield func([]byte, error) bool) {
		if s.err != nil && !yield(nil, s.err) {
			return
		}
		for _, f := range s.files {
			if !yield(f, nil) {
				return
			}
		}
	}
}

func TestTextIsReadBackAsItWasWritten(t *testing.T) {
	fonts := paper.NewFonts(source{files: [][]byte{[]byte("no font"), papertest.Hanzi(t)}})
	for name, text := range map[string]string{
		"Latin with marks":      "Nguyễn Thị Ánh, Yorùbá ẹ̀kọ́, Ɓàƙin, fi ffl office",
		"Cyrillic":              "Амина Ванджиру Отиено — первая помощь",
		"Greek":                 "Ελληνικά γράμματα",
		"Chinese":               "社区卫生工作者急救证书",
		"signs of PDF":          `a (b) \ <c> [d] /e %f`,
		"Arabic":                "مُنحت هذه الشارة إلى محمد علي",
		"Latin in Arabic":       "مُنحت إلى Amina Otieno في 24 نوفمبر 2026",
		"controls are left out": "Amina\u2068 Otieno\u2069",
	} {
		t.Run(name, func(t *testing.T) {
			for _, lang := range []string{"en", "ar"} {
				d := document(fonts, lang)
				d.Text("P", text, paper.Style{Direction: paper.OfText})
				got := papertest.Structure(t, finish(t, d))
				want := strings.NewReplacer("\u2068", "", "\u2069", "").Replace(text)
				if !strings.Contains(got, want) {
					t.Errorf("in %s: %q is not in\n%s", lang, want, got)
				}
			}
		})
	}
}

func TestALongTextKeepsEveryWordAndStaysOnItsPages(t *testing.T) {
	d := document(paper.NewFonts(nil), "en")
	var words []string
	for i := range 3000 {
		words = append(words, fmt.Sprintf("word%d", i))
	}
	d.Heading(1, "Many words")
	d.Paragraph(strings.Join(words, " "))
	d.Paragraph(strings.Repeat("unbreakable", 60))
	out := finish(t, d)
	got := strings.Fields(papertest.Text(t, out))
	if diff := cmp.Diff(words, got[2:3002]); diff != "" {
		t.Error(diff)
	}
	if tail := strings.Join(got[3002:], ""); tail != strings.Repeat("unbreakable", 60) {
		t.Errorf("the long word became %q", tail)
	}
	if n := bytes.Count(out, []byte("/Type /Page ")); n < 4 || n > 8 {
		t.Errorf("%d pages", n)
	}
	page := papertest.Page(t, out, 1)
	for y := range page.Bounds().Dy() {
		for _, x := range []int{100, page.Bounds().Dx() - 100} { // within the margins of 20 mm
			if r, _, _, _ := page.At(x, y).RGBA(); r < 0x8000 {
				t.Fatalf("something is drawn in the margin at %d, %d", x, y)
			}
		}
	}
}

func TestTheStructureIsThatOfTheDocument(t *testing.T) {
	d := document(paper.NewFonts(nil), "fr")
	d.Heading(1, "Title")
	d.Group("Sect", func() {
		d.Heading(2, "Facts")
		d.Facts([]paper.Fact{{"Issuer", "Open School"}, {"Nothing", ""}, {"Learner", "Ana"}})
		d.Items([]string{"one", "two"})
		d.Table([]string{"File", "Verdict"}, [][]string{{"a.json", "valid"}}, []float64{3, 1})
	})
	d.Link("our page", "https://badges.example.org/c/x(y)", paper.Style{})
	code, err := qr.New("https://badges.example.org/c/x")
	if err != nil {
		t.Fatal(err)
	}
	d.QR(code, "QR code of the address", 100, paper.Center)
	img := image.NewNRGBA(image.Rect(0, 0, 4, 2))
	img.Set(1, 1, color.NRGBA{200, 100, 50, 128})
	d.Picture(img, "A picture", 40, 40, paper.Start)
	d.Picture(img, "", 40, 40, paper.Start)
	d.Rule(paper.Box{X: 10, Y: 10, W: 90}, 1, paper.Colour{R: 200})
	d.Frame(paper.Box{X: 10, Y: 10, W: 100, H: 100}, 1, paper.Colour{})
	out := finish(t, d)
	var kinds []string
	for line := range strings.Lines(papertest.Structure(t, out)) {
		word, _, _ := strings.Cut(strings.Trim(strings.TrimSpace(line), ":"), " ")
		if word != "" && word[0] != '"' && word[0] != '/' && word != "Object" {
			kinds = append(kinds, word)
		}
	}
	want := strings.Fields("Document H1 Sect H2 Table TR TH TD TR TH TD L LI LBody LI LBody Table TR TH TH TR TD TD P Link Figure Figure")
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Error(diff)
	}
	info := papertest.Info(t, out)
	for _, part := range []string{"Tagged:          yes", "Title:           A (very) \\ good title – Ünïcode", "Metadata Stream: yes"} {
		if !strings.Contains(info, part) {
			t.Errorf("%q is not in\n%s", part, info)
		}
	}
	if !bytes.Contains(out, []byte("/Lang <FEFF00660072>")) {
		t.Error("the document does not say its language")
	}
	read, err := qr.Read(papertest.Page(t, out, 1))
	if err != nil || read != "https://badges.example.org/c/x" {
		t.Errorf("the code on paper says %q, %v", read, err)
	}
}

func TestAttachedFilesComeBackByteForByte(t *testing.T) {
	d := document(paper.NewFonts(nil), "en")
	body := []byte("{\"a\": \"endstream endobj %%EOF\"}\x00\xff")
	d.Attach(paper.Attachment{Name: "Zertifikat (é).json", Media: "application/ld+json", Description: "the badge", Relationship: "Source", Body: body})
	d.Attach(paper.Attachment{Name: "b.txt", Media: "text/plain"})
	files, err := pdf.Files(finish(t, d))
	if err != nil {
		t.Fatal(err)
	}
	want := []pdf.File{{Name: "Zertifikat (é).json", Data: body}, {Name: "b.txt", Data: []byte{}}}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Error(diff)
	}
}

func TestLettersWithoutAFontAreRefused(t *testing.T) {
	var asked []string
	for name, s := range map[string]paper.Source{
		"no source":             nil,
		"a source without":      source{asked: &asked},
		"a font without":        source{files: [][]byte{papertest.Hanzi(t)}},
		"a file that is none":   source{files: [][]byte{[]byte("no font")}},
		"a source that is down": source{err: errors.New("disk")},
	} {
		t.Run(name, func(t *testing.T) {
			fonts := paper.NewFonts(s)
			if fonts.Has("कखग") {
				t.Error("Has says that there is a font")
			}
			d := document(fonts, "en")
			d.Paragraph("before कखग after")
			d.Paragraph("more")
			out, err := d.Bytes()
			if out != nil || err == nil {
				t.Fatalf("got %d bytes, %v", len(out), err)
			}
			if name != "a source that is down" && (!fault.Is(err, fault.Unavailable) || fault.Describe(err).Code != "paper.font") {
				t.Errorf("got %v", err)
			}
		})
	}
	if diff := cmp.Diff([]string{"Deva"}, asked); diff != "" {
		t.Error(diff) // asked for once, remembered afterwards
	}
}

func TestPicturesBesideLettersAreLeftOutWhereNoFontHasThem(t *testing.T) {
	fonts := paper.NewFonts(nil)
	for text, want := range map[string]string{
		"First aid \U0001f691": "First aid", "\U0001f469\u200d\U0001f3eb Teacher": "Teacher", "Well done \u2764\ufe0f, Ana": "Well done , Ana",
		"Wave \U0001f44b\U0001f3fd": "Wave", "\U0001f1f0\U0001f1ea Kenya": "Kenya", "Step 1\ufe0f\u20e3": "Step 1", "Café © 2026 №": "Café © 2026 №",
	} {
		d := document(fonts, "en")
		d.Paragraph(text)
		out, err := d.Bytes()
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := strings.Join(strings.Fields(papertest.Text(t, out)), " "); !strings.Contains(got, want) || strings.ContainsAny(got, "\ufffd\u25a1") {
			t.Errorf("%q is read back as %q", text, got)
		}
	}
	for name, text := range map[string]string{"a text of nothing else": "\U0001f691", "a letter": "First aid \u0915"} {
		d := document(fonts, "en")
		d.Paragraph(text)
		if out, err := d.Bytes(); out != nil || fault.Describe(err).Code != "paper.font" {
			t.Errorf("%s: %d bytes, %v", name, len(out), err)
		}
	}
}

func TestPartsInOtherLanguagesSaySoAndRunTheirOwnWay(t *testing.T) {
	d := document(paper.NewFonts(nil), "en")
	d.Paragraph("before")
	d.Speak("ar", paper.RightToLeft)
	d.Paragraph("شهادة")
	d.Speak("en", paper.LeftToRight)
	d.Paragraph("after")
	out := finish(t, d)
	if n := bytes.Count(out, []byte("/Lang <FEFF00610072>")); n != 1 {
		t.Errorf("%d elements are Arabic", n)
	}
	page := papertest.Page(t, out, 1)
	ink := func(top, bottom float64) (left, right int) { // where the first and last dark pixels of a strip are
		left = page.Bounds().Dx()
		scale := float64(page.Bounds().Dy()) / paper.A4Height
		for y := int(top * scale); y < int(bottom*scale); y++ {
			for x := range page.Bounds().Dx() {
				if r, _, _, _ := page.At(x, y).RGBA(); r < 0x8000 {
					left, right = min(left, x), max(right, x)
				}
			}
		}
		return left, right
	}
	middle := page.Bounds().Dx() / 2
	if _, right := ink(20*paper.MM, 20*paper.MM+15); right > middle || right == 0 {
		t.Errorf("English ends at %d of %d", right, 2*middle)
	}
	if left, _ := ink(20*paper.MM+22, 20*paper.MM+36); left < middle {
		t.Errorf("Arabic begins at %d of %d", left, 2*middle)
	}
}

func TestTheSameCallsGiveTheSameBytes(t *testing.T) {
	fonts := paper.NewFonts(nil)
	write := func() []byte {
		d := document(fonts, "ar")
		d.Heading(1, "شهادة")
		d.Paragraph("Ana Silva")
		return finish(t, d)
	}
	if !bytes.Equal(write(), write()) {
		t.Error("they differ")
	}
}

// Whatever a user writes becomes a document that our own strict reader takes, or is refused for want of a font.
func FuzzText(f *testing.F) {
	fonts := paper.NewFonts(nil)
	for _, s := range []string{
		"", " ", "plain", "\u202e\u2066x", "e\u0301\u0301\u0301", "\x00\xff", "لا إله", strings.Repeat("لا", 300), "a\n\nb\r\nc", "\u200d\u200d",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			return
		}
		d := document(fonts, "ar")
		d.Text("P", s, paper.Style{Direction: paper.OfText})
		d.Facts([]paper.Fact{{Term: "x", Text: s}})
		d.Attach(paper.Attachment{Name: s, Media: "text/plain", Body: []byte(s)})
		out, err := d.Bytes()
		if err != nil {
			if fault.Describe(err).Code != "paper.font" {
				t.Fatal(err)
			}
			return
		}
		files, err := pdf.Files(out)
		if err != nil || len(files) != 1 || string(files[0].Data) != s {
			t.Fatalf("%d files, %v", len(files), err)
		}
	})
}

func ExampleNew() {
	d := paper.New(paper.Config{Fonts: paper.NewFonts(nil), Title: "Receipt", Lang: "en"})
	d.Heading(1, "Receipt")
	d.Facts([]paper.Fact{{Term: "Verdict", Text: "valid"}, {Term: "Issuer", Text: "Open School"}})
	d.Attach(paper.Attachment{Name: "receipt.json", Media: "application/json", Body: []byte(`{}`)})
	document, err := d.Bytes()
	fmt.Println(string(document[:8]), err)
	// Output: %PDF-1.7 <nil>
}
