package catalog_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/catalog"
)

const png = "\x89PNG\r\n\x1a\nrest"

// pictures takes "svg…" and png, and says what is wrong with anything else.
type pictures struct{}

func (pictures) Sanitise(data []byte) ([]byte, string, error) {
	switch {
	case strings.HasPrefix(string(data), "svg"):
		return []byte("clean"), "image/svg+xml", nil
	case string(data) == png:
		return data, "image/png", nil
	case string(data) == "gif":
		return data, "image/gif", nil
	}
	return nil, "", fault.Wrong("image.type", "", "this is no picture that we know")
}

// TestWhatAnAchievementMayBe has each accepted value beside the nearest one that is refused.
func TestWhatAnAchievementMayBe(t *testing.T) {
	type change = func(*catalog.NewAchievement)
	credit := func(f float64) change { return func(n *catalog.NewAchievement) { n.Credits = &f } }
	align := func(a catalog.Alignment) change {
		return func(n *catalog.NewAchievement) { n.Alignments = []catalog.Alignment{a} }
	}
	result := func(rs ...catalog.ResultDescription) change {
		return func(n *catalog.NewAchievement) { n.Results = rs }
	}
	image := func(data, alt string) change {
		return func(n *catalog.NewAchievement) { n.Image = &catalog.Image{Data: []byte(data), Alt: alt} }
	}
	language := func(s string) change { return func(n *catalog.NewAchievement) { n.Language = s } }
	kind := func(s string) change { return func(n *catalog.NewAchievement) { n.Type = s } }
	name := func(s string) change { return func(n *catalog.NewAchievement) { n.Name = s } }
	good := catalog.ResultDescription{ID: "grade", Name: "Grade", Type: "LetterGrade", AllowedValues: []string{"A", "B"}, Required: "B"}
	with := func(f func(*catalog.ResultDescription)) change {
		r := good
		f(&r)
		return result(r)
	}
	for what, tc := range map[string]struct {
		change change
		at     string // "" is accepted
	}{
		"nothing but what is required":       {func(*catalog.NewAchievement) {}, ""},
		"no name":                            {name(""), "/name"},
		"a name of blanks":                   {name(" \t"), "/name"},
		"a name with a line feed":            {name("a\nb"), "/name"},
		"U06: a NUL in a name":               {name("a\x00b"), "/name"},
		"a broken byte in a name":            {name("a\xffb"), "/name"},
		"a long name":                        {name(strings.Repeat("n", 300)), ""},
		"a name that is too long":            {name(strings.Repeat("n", 301)), "/name"},
		"a name in Arabic":                   {name("الإسعافات الأولية"), ""},
		"no description":                     {func(n *catalog.NewAchievement) { n.Description = "" }, "/description"},
		"a description with lines":           {func(n *catalog.NewAchievement) { n.Description = "a\r\n\tb" }, ""},
		"a description with an escape":       {func(n *catalog.NewAchievement) { n.Description = "a\x1b[0m" }, "/description"},
		"a description of 64 KiB":            {func(n *catalog.NewAchievement) { n.Description = strings.Repeat("d", 64<<10) }, ""},
		"a description of one byte more":     {func(n *catalog.NewAchievement) { n.Description = strings.Repeat("d", 64<<10+1) }, "/description"},
		"no criteria":                        {func(n *catalog.NewAchievement) { n.Criteria = "" }, "/criteria"},
		"criteria by address":                {func(n *catalog.NewAchievement) { n.Criteria, n.CriteriaURL = "", "https://example.org/c" }, ""},
		"D08: criteria that run a script":    {func(n *catalog.NewAchievement) { n.CriteriaURL = "javascript:alert(1)" }, "/criteria_url"},
		"a slug":                             {func(n *catalog.NewAchievement) { n.Slug = "first-aid-2" }, ""},
		"a slug with a dot":                  {func(n *catalog.NewAchievement) { n.Slug = ".." }, "/slug"},
		"a slug with a hyphen at the end":    {func(n *catalog.NewAchievement) { n.Slug = "a-" }, "/slug"},
		"a slug in upper case":               {func(n *catalog.NewAchievement) { n.Slug = "A" }, "/slug"},
		"no type":                            {kind(""), ""},
		"every type of the list":             {kind("MicroCredential"), ""},
		"a type in other case":               {kind("microcredential"), "/type"},
		"an extension":                       {kind("ext:Work_shop-2.0"), ""},
		"an extension without a name":        {kind("ext:"), "/type"},
		"an extension with a bar":            {kind("ext:a|b"), "/type"},
		"an extension with something before": {kind("xext:a"), "/type"},
		"a language with script":             {language("zh-Hans"), ""},
		"a language with script and region":  {language("zh-Hant-TW"), ""},
		"a language with a UN region":        {language("es-419"), ""},
		"a language in words":                {language("english"), "/language"},
		"a language with an underscore":      {language("pt_BR"), "/language"},
		"a region in lower case":             {language("pt-br"), "/language"},
		"U12: a long language":               {language(strings.Repeat("a", 50_000) + "!"), "/language"},
		"no credits at all":                  {credit(0), ""},
		"half a credit":                      {credit(2.5), ""},
		"credits below zero":                 {credit(-0.5), "/credits"},
		"infinite credits":                   {credit(math.Inf(1)), "/credits"},
		"credits that are no number":         {credit(math.NaN()), "/credits"},
		"a tag":                              {func(n *catalog.NewAchievement) { n.Tags = []string{"health", "Gesundheit"} }, ""},
		"an empty tag":                       {func(n *catalog.NewAchievement) { n.Tags = []string{"health", ""} }, "/tags/1"},
		"a tag twice":                        {func(n *catalog.NewAchievement) { n.Tags = []string{"a", "a"} }, "/tags/1"},
		"too many tags":                      {func(n *catalog.NewAchievement) { n.Tags = make([]string, 65) }, "/tags"},
		"an alignment":                       {align(catalog.Alignment{Name: "ESCO", URL: "https://data.europa.eu/esco/x", Type: "ceasn:Competency"}), ""},
		"an alignment without a name":        {align(catalog.Alignment{URL: "https://data.europa.eu/esco/x"}), "/alignments/0/name"},
		"an alignment without an address":    {align(catalog.Alignment{Name: "ESCO"}), "/alignments/0/url"},
		"an alignment by http":               {align(catalog.Alignment{Name: "x", URL: "http://data.europa.eu/esco/x"}), "/alignments/0/url"},
		"an alignment with a password":       {align(catalog.Alignment{Name: "x", URL: "https://u:p@example.org/"}), "/alignments/0/url"},
		"an alignment with a blank":          {align(catalog.Alignment{Name: "x", URL: "https://example.org/a b"}), "/alignments/0/url"},
		"an alignment without a host":        {align(catalog.Alignment{Name: "x", URL: "https:///a"}), "/alignments/0/url"},
		"an alignment of an unknown type":    {align(catalog.Alignment{Name: "x", URL: "https://example.org/", Type: "Competency"}), "/alignments/0/type"},
		"a result":                           {result(good), ""},
		"two results":                        {result(good, catalog.ResultDescription{ID: "score", Name: "Score", Type: "RawScore", Min: "0", Max: "100"}), ""},
		"two results of one id":              {result(good, good), "/results/1/id"},
		"a result with an odd id":            {with(func(r *catalog.ResultDescription) { r.ID = "a b" }), "/results/0/id"},
		"a result without a name":            {with(func(r *catalog.ResultDescription) { r.Name = "" }), "/results/0/name"},
		"a result without a type":            {with(func(r *catalog.ResultDescription) { r.Type = "" }), "/results/0/type"},
		"a result of an extension":           {with(func(r *catalog.ResultDescription) { r.Type = "ext:Level" }), ""},
		"a required value that is not there": {with(func(r *catalog.ResultDescription) { r.Required = "C" }), "/results/0/required"},
		"a value twice":                      {with(func(r *catalog.ResultDescription) { r.AllowedValues = []string{"A", "A", "B"} }), "/results/0/allowed_values/1"},
		"a minimum above the maximum":        {with(func(r *catalog.ResultDescription) { r.Min, r.Max = "10", "9" }), "/results/0/min"},
		"a minimum below the maximum":        {with(func(r *catalog.ResultDescription) { r.Min, r.Max = "9", "10" }), ""},
		"a PNG":                              {image(png, "A heart"), ""},
		"an SVG":                             {image("svg", "A heart"), ""},
		"a picture without its text":         {image(png, ""), "/image/alt"},
		"a text without its picture":         {image("", "A heart"), "/image/data"},
		"B09: a picture that is a page":      {image("<html>", "A heart"), "/image/data"},
		"a picture of another kind":          {image("gif", "A heart"), "/image/data"},
		"a picture that is too large":        {image(strings.Repeat("x", 5<<20+1), "A heart"), "/image/data"},
		"neither picture nor text":           {image("", ""), ""},
	} {
		t.Run(what, func(t *testing.T) {
			s, err := catalog.New(catalog.Config{Store: newMemory(), Pictures: pictures{}})
			if err != nil {
				t.Fatal(err)
			}
			addIssuer(t, s, catalog.NewIssuer{Name: "One"})
			n := course()
			tc.change(&n)
			a, err := s.AddAchievement(t.Context(), n, "cli")
			if tc.at == "" {
				if err != nil {
					t.Fatalf("it is refused: %v", err)
				}
				if n.Image != nil && len(n.Image.Data) > 0 && (s.ImageURL(a) == "" || a.Image.Alt != "A heart") {
					t.Errorf("picture %+v at %q", a.Image, s.ImageURL(a))
				}
				return
			}
			p := fault.Describe(err)
			if err == nil || p.Kind != fault.Invalid || p.Pointer != tc.at || p.Code != "achievement.invalid" {
				t.Errorf("got %v (%+v), want %s", err, p, tc.at)
			}
		})
	}
}

func TestEveryTermOfTheStandardIsTaken(t *testing.T) {
	if n := len(catalog.AchievementTypes()); n != 31 {
		t.Errorf("%d achievement types", n)
	}
	if n := len(catalog.ResultTypes()); n != 12 {
		t.Errorf("%d result types", n)
	}
	if n := len(catalog.AlignmentTypes()); n != 7 {
		t.Errorf("%d alignment types", n)
	}
	s, _, _ := service(t, "")
	addIssuer(t, s, catalog.NewIssuer{Name: "One"})
	for _, kind := range catalog.AchievementTypes() {
		n := course()
		n.Type = kind
		add(t, s, n)
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	s, _, _ := service(t, "")
	addIssuer(t, s, catalog.NewIssuer{Name: "One"})
	_, err := s.AddAchievement(t.Context(), catalog.NewAchievement{Type: "Cours", Language: "e", Tags: []string{""}}, "cli")
	var ms catalog.Mistakes
	if !errors.As(err, &ms) || len(ms) != 6 || ms[0].At != "/name" {
		t.Fatalf("got %v", err)
	}
	sentence := fault.Describe(err).Sentence
	for _, m := range ms {
		if !strings.Contains(sentence, m.At+": "+m.Sentence) {
			t.Errorf("%s is not told in %q", m.At, sentence)
		}
	}
	_, err = s.AddIssuer(t.Context(), catalog.NewIssuer{Name: "a\x00", Slug: "A", URL: "x", Email: "x", Language: "x", Algorithm: "none", Description: "\xff"})
	if !errors.As(err, &ms) || len(ms) != 7 || fault.Describe(err).Code != "issuer.invalid" {
		t.Errorf("got %v", err)
	}
}

func TestPicturesInRevisions(t *testing.T) {
	s, err := catalog.New(catalog.Config{Store: newMemory(), Pictures: pictures{}})
	if err != nil {
		t.Fatal(err)
	}
	addIssuer(t, s, catalog.NewIssuer{Name: "One"})
	n := course()
	n.Image = &catalog.Image{Data: []byte(png), Alt: "A heart"}
	a := add(t, s, n)
	for _, tc := range []struct {
		name string
		next *catalog.Image
		alt  string // "" is no picture
	}{
		{"nil keeps it", nil, "A heart"},
		{"a text alone changes the text", &catalog.Image{Alt: "A red heart"}, "A red heart"},
		{"another picture", &catalog.Image{Data: []byte("svg"), Alt: "A cross"}, "A cross"},
		{"nothing takes it away", &catalog.Image{}, ""},
	} {
		n := course()
		n.Image = tc.next
		b, err := s.ReviseAchievement(t.Context(), a.ID, n, "cli")
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		if got := b.Image; (got == nil) != (tc.alt == "") || got != nil && got.Alt != tc.alt {
			t.Errorf("%s: %+v", tc.name, got)
		}
	}
}

func TestWithoutASanitiserOnlyPNGIsTaken(t *testing.T) {
	s, _, _ := service(t, "")
	addIssuer(t, s, catalog.NewIssuer{Name: "One"})
	n := course()
	n.Image = &catalog.Image{Data: []byte(png), Alt: "x"}
	add(t, s, n)
	n.Image = &catalog.Image{Data: []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), Alt: "x"}
	if _, err := s.AddAchievement(t.Context(), n, "cli"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an SVG that nobody cleaned: %v", err)
	}
}

// TestMailAddresses has threats U11, U12 and U14.
func TestMailAddresses(t *testing.T) {
	for _, s := range []string{
		"a@example.org", "first.last+tag@sub.example.org", "x_y-z@example.co", "o'brien@example.org", "1@1.example", "用户@例子.example",
		"user@xn--fsqu00a.example", strings.Repeat("a", 64) + "@example.org", "prénom@example.org",
	} {
		if !catalog.ValidEmail(s) {
			t.Errorf("%q is refused", s)
		}
	}
	for _, s := range []string{
		"", "a", "@", "a@", "@b", "a@b", "a@b@example.org", "a..b@example.org", ".a@example.org", "a.@example.org", "a@-b.example", "a@b-.example",
		"a@b..example", "a@example.org.", "a@.example", "a b@example.org", " a@example.org", "a@example.org ", "A <a@example.org>", "<a@example.org>",
		"a(comment)@example.org", "\"a b\"@example.org", "a@[127.0.0.1]", "a@127.0.0.1", "a@example.org\n", "a@exa\x00mple.org", "a@exa mple.org",
		"mailto:a@example.org", "a,b@example.org", "a;b@example.org", "ａ@example.org", "a@ｅxample.org", "a\u200b@example.org", "a\xff@example.org",
		"e\u0301@example.org", strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("a", 64) + ".org", "a@" + strings.Repeat("a.", 130) + "org",
		strings.Repeat("a", 50_000) + "!", "a@b_c.example", strings.Repeat("(", 1000) + "@example.org",
	} {
		if catalog.ValidEmail(s) {
			t.Errorf("%q is taken", s)
		}
	}
}

// FuzzValidEmail: what is taken has one at sign, no blank, no bracket and no control character, and stays taken in lower case.
func FuzzValidEmail(f *testing.F) {
	for _, s := range []string{"a@example.org", "a@b", "用户@例子.example", "a\"@b.example", "İ@example.org"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !catalog.ValidEmail(s) {
			return
		}
		if strings.Count(s, "@") != 1 || strings.ContainsAny(s, " \t\r\n\x00<>()[]\",;:\\") || len(s) > 254 {
			t.Errorf("%q is taken", s)
		}
	})
}
