package main

import (
	"fmt"
	"image"
	"image/draw"
	"net/http"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/i18n"
	"github.com/openlaurel/laurel/internal/paper/papertest"
	"github.com/openlaurel/laurel/internal/qr"
	"github.com/openlaurel/laurel/issuer"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// school gives an achievement in Arabic, for minors, and one in English to learners without e-mail.
func schoolWithoutMail(t *testing.T) *app {
	t.Helper()
	a, _ := awarded(t)
	if _, err := a.catalog.AddAchievement(t.Context(), catalog.NewAchievement{
		Slug: "arabic", Name: "السباحة", Description: "x", Criteria: "x", Language: "ar", Minors: true,
	}, "test"); err != nil {
		t.Fatal(err)
	}
	for i := range 11 {
		ref := "first-aid"
		if i == 10 {
			ref = "arabic"
		}
		if _, err := a.awards.Award(t.Context(), issuer.Request{
			AchievementRef: ref, Recipient: issuer.Recipient{Name: fmt.Sprintf("Learner %c", 'A'+i)}, BatchID: "bat_1", Actor: "test",
		}); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func TestSlipsLeadLearnersWithoutMailToTheirBadges(t *testing.T) {
	a := schoolWithoutMail(t)
	document, err := newPrinting(a).Slips(t.Context(), issuer.Filter{BatchID: "bat_1"}, i18n.English, "test")
	if err != nil {
		t.Fatal(err)
	}
	if info := papertest.Info(t, document); !strings.Contains(info, "Pages:           2") || !strings.Contains(info, "Tagged:          yes") {
		t.Error(info)
	}
	text := papertest.Text(t, document)
	if n := strings.Count(strings.Join(strings.Fields(text), ""), a.base+"/b/"); n != 10 {
		t.Errorf("%d short codes: the eleventh badge is private", n)
	}
	b := browse(t, a)
	seen := map[string]bool{}
	for page, want := range map[int]int{1: 10, 2: 1} {
		img := papertest.Page(t, document, page)
		for place := range want {
			link, err := qr.Read(slipOf(img, place))
			if err != nil {
				t.Fatalf("page %d, slip %d: %v", page, place, err)
			}
			path, ours := strings.CutPrefix(link, a.base)
			w := b.get(path)
			if !ours || seen[link] || w.Code != http.StatusOK {
				t.Errorf("page %d, slip %d leads to %s: %d", page, place, link, w.Code)
			}
			if !strings.Contains(strings.ReplaceAll(strings.ReplaceAll(text, "\n", ""), " ", ""), link) {
				t.Errorf("the link of page %d, slip %d does not stand there in letters", page, place)
			}
			seen[link] = true
		}
	}
	tree := papertest.Structure(t, document)
	for _, want := range []string{"Learner A", "Learner K", "السباحة", "Scan the code with a phone", "احتفظ بهذه القصاصة"} {
		if !strings.Contains(tree, want) {
			t.Errorf("%q is not in\n%s", want, tree)
		}
	}
}

// slipOf cuts one slip out of a page.
func slipOf(page image.Image, place int) image.Image {
	w, h := page.Bounds().Dx()/2, page.Bounds().Dy()/5
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, out.Bounds(), page, image.Pt(place%2*w, place/2*h), draw.Src)
	return out
}

func TestSlipsAreForLearnersWithoutMailAlone(t *testing.T) {
	a := schoolWithoutMail(t)
	p := newPrinting(a)
	for name, tt := range map[string]struct {
		f    issuer.Filter
		code string
	}{
		"nothing to print":    {issuer.Filter{BatchID: "bat_2"}, "slips.none"},
		"only with addresses": {issuer.Filter{Query: "ana"}, "slips.none"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := p.Slips(t.Context(), tt.f, i18n.English, "test"); fault.Describe(err).Code != tt.code {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := a.awards.Award(t.Context(), issuer.Request{
		AchievementRef: "first-aid", Recipient: issuer.Recipient{Name: "אדם"}, BatchID: "bat_3", Actor: "test",
	}); err != nil {
		t.Fatal(err)
	}
	before, err := a.awards.Events(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	p.printer = certificateWithout(p)
	if _, err := p.Slips(t.Context(), issuer.Filter{BatchID: "bat_3"}, i18n.English, "test"); fault.Describe(err).Code != "paper.font" {
		t.Errorf("a name without a font: %v", err)
	}
	if after, err := a.awards.Events(t.Context(), "", 1000); err != nil || len(after) != len(before) {
		t.Errorf("a link was made for a slip that is not printed: %v", err)
	}
}

func TestTheConsolePrintsSlips(t *testing.T) {
	a := schoolWithoutMail(t)
	b := browse(t, a)
	cookie, csrf := signedIn(t, a, b)
	w := b.as(cookie).post("/console/slips", "csrf", csrf, "batch", "bat_1")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(w.Body.String(), "%PDF-1.7") {
		t.Errorf("%d %.100s", w.Code, w.Body)
	}
	if w := b.post("/console/slips", "csrf", csrf, "batch", "bat_1"); w.Code != http.StatusUnauthorized {
		t.Errorf("by a stranger: %d", w.Code)
	}
	if w := b.as(cookie).post("/console/slips", "csrf", "x", "batch", "bat_1"); w.Code != http.StatusForbidden {
		t.Errorf("without the form's token: %d", w.Code)
	}
}
