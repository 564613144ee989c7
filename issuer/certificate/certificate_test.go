package certificate_test

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"strings"
	"testing"
	"time"

	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/paper"
	"github.com/openlaurel/laurel/internal/paper/papertest"
	"github.com/openlaurel/laurel/internal/pdf"
	"github.com/openlaurel/laurel/internal/qr"
	"github.com/openlaurel/laurel/issuer/certificate"
	"github.com/openlaurel/laurel/web"
)

func printer() *certificate.Printer {
	return certificate.New(paper.NewFonts(nil), web.New().Translator, func() time.Time { return time.Unix(1_800_000_000, 0) })
}

// What people write may be long, short, or look like something else: the paper holds it, and its file is whole.
func TestACertificateHoldsWhatPeopleWrite(t *testing.T) {
	long := strings.Repeat("Very long words of a very long name ", 12)
	for name, c := range map[string]certificate.Certificate{
		"nothing": {Name: "x"},
		"everything long": {
			Name: long, Description: strings.Repeat(long, 8), Recipient: long, IssuerName: long, Credits: "3", Term: long, Role: long,
			Results: []paper.Fact{{Term: long, Text: long}}, PageURL: "https://badges.example/c/x", CodeURL: "https://badges.example/b/X", Code: "X",
		},
		"signs of PDF": {Name: `a) Tj ET (b \ <c> endobj`, Recipient: "<</Type /Catalog>>", Kind: "ext:%PDF"},
	} {
		t.Run(name, func(t *testing.T) {
			c.AwardedAt = time.Unix(1_700_000_000, 0)
			c.Credential = paper.Attachment{Name: "credential.jwt", Media: "application/jwt", Body: []byte("a.b.c")}
			for _, l := range []i18n.Locale{i18n.English, i18n.Arabic} {
				document, err := printer().Certificate(l, c)
				if err != nil {
					t.Fatal(err)
				}
				got := letters(papertest.Structure(t, document))
				for _, want := range []string{c.Name, c.Recipient, c.Description} {
					if want = letters(want); !strings.Contains(got, want) {
						t.Errorf("%s: %.60q is not on the paper", l.Tag(), want)
					}
				}
				files, err := pdf.Files(document)
				if err != nil || len(files) != 1 || !bytes.Equal(files[0].Data, []byte("a.b.c")) {
					t.Errorf("%s: %v, %v", l.Tag(), files, err)
				}
			}
		})
	}
}

// A slip stays within its cut marks, whatever stands on it: the code of each is read from its own part of the page.
func TestSlipsStayWithinTheirCuts(t *testing.T) {
	var slips []certificate.Slip
	for i := range 10 {
		s := certificate.Slip{
			Name: "Ana", Achievement: "First aid", IssuerName: "School", URL: fmt.Sprintf("https://badges.school.example/my/%026d", i),
			CodeURL: "https://badges.school.example/b/ABCD-EFGH-IJKL", Code: "ABCD-EFGH-IJKL", Locale: i18n.Locales()[i%5],
		}
		if i%3 == 0 {
			s.Name, s.Achievement = strings.Repeat("Long name ", 9), strings.Repeat("Long achievement ", 9)
		}
		slips = append(slips, s)
	}
	document, err := printer().Slips(i18n.English, slips)
	if err != nil {
		t.Fatal(err)
	}
	if info := papertest.Info(t, document); !strings.Contains(info, "Pages:           1\n") {
		t.Fatal(info)
	}
	page := papertest.Page(t, document, 1)
	w, h := page.Bounds().Dx()/2, page.Bounds().Dy()/5
	for i, s := range slips {
		part := image.NewRGBA(image.Rect(0, 0, w, h))
		draw.Draw(part, part.Bounds(), page, image.Pt(i%2*w, i/2*h), draw.Src)
		if got, err := qr.Read(part); err != nil || got != s.URL {
			t.Errorf("slip %d says %q, %v", i, got, err)
		}
		for x := 40; x < w-40; x++ { // nothing but cut marks, in the corners, on the lines between slips
			for _, y := range []int{2, h - 3} {
				if r, _, _, _ := part.At(x, y).RGBA(); r < 0x4000 {
					t.Fatalf("slip %d goes over its cut at %d, %d", i, x, y)
				}
			}
		}
	}
}

// letters is a text without what stands between its letters: where lines and pages break is not the matter here.
func letters(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '"' }), "")
}
