package browser_test

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/test/corpus"
	"github.com/openlaurel/laurel/test/laureltest"
	"github.com/openlaurel/laurel/test/npmtest"
)

// way is what came of one way through the verify page; field names are those of verify.mjs.
type way struct {
	Text       string   `json:"text"`
	State      string   `json:"state"`
	Focus      string   `json:"focus"`
	Violations []string `json:"violations"`
	Requests   []string `json:"requests"`
	Errors     []string `json:"errors"`

	Summary      string   `json:"summary"`
	IDs          []string `json:"ids"`
	Said         string   `json:"said"`
	Open         bool     `json:"open"`
	Online       string   `json:"online"`
	Note         bool     `json:"note"`
	Reached      bool     `json:"reached"`
	Milliseconds int      `json:"milliseconds"`
	URL          string   `json:"url"`
}

// TestVerifyPageWithScript goes through the verify page as a visitor with a camera, many files or no network.
func TestVerifyPageWithScript(t *testing.T) {
	npmtest.Dir(t)
	chromium := browser(t)
	folder := browserVerifier(t)
	deployment := laureltest.New(t, laureltest.Build(t), "", "LAUREL_FETCH_ALLOW=127.0.0.0/8", "LAUREL_BROWSER="+folder)
	deployment.Start(t)
	client := deployment.Admin(t)
	badge := award(t, client, client.Catalogue(t).Request("verify-1")).Credentials[0]
	dir := t.TempDir()
	keep := func(name, suffix string) string {
		body, err := client.Text(t.Context(), "/c/"+badge.ID+suffix, "*/*")
		if err != nil {
			t.Fatal(err)
		}
		return write(t, dir, name, []byte(body))
	}
	files := map[string]string{"jwt": keep("badge.jwt", ".jwt"), "png": keep("badge.png", ".png"), "other": write(t, dir, "holiday.txt", []byte("no badge"))}
	code, err := os.ReadFile(keep("qr.png", ".qr.png"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]way
	screens := os.Getenv("LAUREL_SCREENS")
	if screens == "" {
		screens = dir
	}
	npmtest.Run(t, filepath.Join(corpus.Root(t), "test", "browser", "verify.mjs"), map[string]any{
		"chromium": chromium, "base": deployment.Base, "files": files, "link": deployment.Base + "/c/" + badge.ID,
		"video": write(t, dir, "qr.y4m", film(t, code)), "screenshots": screens,
	}, &got)
	for name, s := range got {
		for _, v := range s.Violations {
			t.Errorf("%s: axe: %s", name, v)
		}
		for _, e := range s.Errors {
			if !strings.Contains(e, "ERR_INTERNET_DISCONNECTED") { // what the test itself asked for without a network
				t.Errorf("%s: console: %s", name, e)
			}
		}
	}
	t.Run("many files, one by one", func(t *testing.T) { many(t, got["many"]) })
	t.Run("the camera", func(t *testing.T) { camera(t, got) })
	t.Run("in the browser, without a network", func(t *testing.T) { offline(t, got["offline"]) })
	t.Run("a receipt", func(t *testing.T) {
		if s := got["receipt"]; !strings.Contains(s.URL, "/receipts/") || !strings.Contains(s.State, "valid") || !strings.Contains(s.Text, "As of") {
			t.Errorf("%s %s\n%s", s.URL, s.State, s.Text)
		}
	})
}

func many(t *testing.T, s way) {
	t.Helper()
	if !strings.Contains(s.Summary, "Valid: 2") || !strings.Contains(s.Summary, "Not valid: 1") {
		t.Errorf("summary %q\n%s", s.Summary, s.Text)
	}
	if !slices.Equal(s.IDs, []string{"file-1", "file-2", "file-3"}) || s.Focus != "H1" {
		t.Errorf("%v, focus on %s", s.IDs, s.Focus)
	}
	posts := 0
	for _, r := range s.Requests {
		if r == "POST /verify" {
			posts++
		}
	}
	if posts != 3 {
		t.Errorf("%d files were sent one by one: %v", posts, s.Requests)
	}
}

func camera(t *testing.T, got map[string]way) {
	t.Helper()
	for _, name := range []string{"picture", "detector"} {
		if s := got[name]; !slices.Contains(strings.Fields(s.State), "valid") {
			t.Errorf("%s: the strip is %q\n%s", name, s.State, s.Text)
		}
	}
	if s := got["escape"]; s.Open || s.Focus != "BUTTON" {
		t.Errorf("after Escape: open %v, focus on %s, %q", s.Open, s.Focus, s.Said)
	}
	if s := got["refused"].Said; !strings.Contains(s, "was not allowed") {
		t.Errorf("refused: %q", s)
	}
	if s := got["missing"].Said; !strings.Contains(s, "No camera was found") {
		t.Errorf("missing: %q", s)
	}
}

// offline is row R16 as the visitor sees it: the result says as of when.
func offline(t *testing.T, s way) {
	t.Helper()
	if s.Reached || !s.Note {
		t.Errorf("the network was there: %v; said: %v", s.Reached, s.Note)
	}
	for where, text := range map[string]string{"with": s.Online, "without": s.Text} {
		if !strings.Contains(text, "As of ") || !strings.Contains(text, "nothing was uploaded") || !strings.Contains(text, "This badge is valid") {
			t.Errorf("%s a network: %s", where, text)
		}
	}
	if !strings.Contains(s.Text, "Valid: 2") || !strings.Contains(s.Text, "Not valid: 1") {
		t.Errorf("without a network: %s", s.Text)
	}
	for _, r := range s.Requests {
		if strings.HasPrefix(r, "POST") {
			t.Errorf("%s: something was uploaded", r)
		}
	}
	t.Logf("three files in %d ms without a network", s.Milliseconds)
}

// browserVerifier builds the verifier for browsers.
func browserVerifier(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "browser")
	cmd := exec.CommandContext(t.Context(), filepath.Join(corpus.Root(t), "scripts", "build-browser"), folder)
	cmd.Dir = corpus.Root(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build of the verifier for browsers: %v\n%s", err, out)
	}
	return folder
}

func write(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// film is a picture in the middle of every frame of a film (YUV4MPEG2), which Chromium takes for what a camera sees.
func film(t *testing.T, picture []byte) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	const w, h = 640, 480
	frame := bytes.Repeat([]byte{235}, w*h)
	b := img.Bounds()
	side := 400
	for y := range side {
		for x := range side {
			r, _, _, _ := img.At(b.Min.X+x*b.Dx()/side, b.Min.Y+y*b.Dy()/side).RGBA()
			if r < 0x8000 {
				frame[(y+(h-side)/2)*w+x+(w-side)/2] = 16
			}
		}
	}
	frame = append(frame, bytes.Repeat([]byte{128}, w*h/2)...)
	var out bytes.Buffer
	fmt.Fprintf(&out, "YUV4MPEG2 W%d H%d F5:1 Ip A1:1 C420jpeg\n", w, h)
	for range 5 {
		out.WriteString("FRAME\n")
		out.Write(frame)
	}
	return out.Bytes()
}
