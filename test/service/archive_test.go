package service_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func archiveScenarios() []scenario {
	return []scenario{
		{"an issuer closes while the server runs, and every credential verifies from the archived folder when the server is gone", verifiedFromAnArchive},
	}
}

// held makes an award of an issuer and returns what its learner has of it, by form.
func (w *world) held(t *testing.T, i issuer) (award, map[string]string) {
	t.Helper()
	a := w.award(t, map[string]any{"issuer": i.ID, "achievement": i.Achievement})
	out := map[string]string{i.Slug + " ob-jwt": string(w.signed(t, a))}
	for _, form := range []string{"vc-jwt", "jwt-vc-1.1", "data-integrity", "sd-jwt"} {
		var made struct {
			JWTURL  string `json:"jwt_url"`
			JSONURL string `json:"json_url"`
		}
		w.call(t, "POST /api/v1/awards/"+a.ID+"/credentials", map[string]any{"form": form}).want(t, http.StatusCreated).into(t, &made)
		address := made.JWTURL
		if form == "data-integrity" {
			address = made.JSONURL
		}
		out[i.Slug+" "+form] = string(w.ask(t, question{path: address}).want(t, http.StatusOK).body)
	}
	return a, out
}

// beside makes what an issuer signs beside badges: a record of the award, and an endorsement of a badge with a picture, which holds one
// itself. It returns the signed texts of all, with the badge.
func (w *world) beside(t *testing.T, i issuer, a award) map[string]string {
	t.Helper()
	var drawn, record, endorsement struct{ ID, Signed string }
	w.call(t, "POST /api/v1/achievements", map[string]any{
		"issuer": i.ID, "slug": "drawn", "name": "Drawn", "description": "d", "criteria": "c", "language": "en",
		"image": map[string]any{"data": base64.StdEncoding.EncodeToString([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>`)), "alt": "a square"},
	}).want(t, http.StatusCreated).into(t, &drawn)
	w.call(t, "POST /api/v1/endorsements", map[string]any{"issuer": i.ID, "achievement": drawn.ID, "comment": "It is good."}).want(t, http.StatusCreated).into(t, &endorsement)
	w.call(t, "POST /api/v1/attachments", map[string]any{"endorsement": endorsement.Signed}).want(t, http.StatusCreated)
	w.call(t, "POST /api/v1/records", map[string]any{"issuer": i.ID, "awards": []string{a.ID}}).want(t, http.StatusCreated).into(t, &record)
	badge := w.award(t, map[string]any{"issuer": i.ID, "achievement": drawn.ID})
	return map[string]string{"record": record.Signed, "endorsement": endorsement.Signed, "endorsed": string(w.signed(t, badge))}
}

// named are the addresses of this deployment that a signed text names, in every segment of every token in it, but for the pages of those
// who hold something.
func named(base, text string) []string {
	var out []string
	for token := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(" .~\"", r) }) {
		if raw, err := base64.RawURLEncoding.DecodeString(token); err == nil && len(raw) > 40 {
			out = append(out, named(base, string(raw))...)
		}
	}
	for _, part := range strings.Split(text, `"`) {
		path, ours := strings.CutPrefix(part, base)
		path, _, _ = strings.Cut(path, "#")
		private := strings.HasPrefix(path, "/c/") || strings.HasPrefix(path, "/records/") || strings.HasPrefix(path, "/endorsements/")
		if ours && path != "" && !private {
			out = append(out, path)
		}
	}
	return out
}

// everythingNamed fetches every address that the texts name from whoever stands at the address now.
func (w *world) everythingNamed(t *testing.T, groups ...map[string]string) {
	t.Helper()
	kinds := map[string]int{}
	for _, texts := range groups {
		for name, text := range texts {
			all := named(w.base, text)
			if len(all) == 0 {
				t.Errorf("%s names nothing", name)
			}
			for _, path := range all {
				kinds[strings.Split(path, "/")[1]+strings.TrimLeft(filepath.Ext(path), "0123456789")]++
				a := w.ask(t, question{path: path})
				if a.status == http.StatusMovedPermanently { // the document of a folder
					a = w.ask(t, question{path: path + "/"})
				}
				a.want(t, http.StatusOK)
			}
		}
	}
	for _, kind := range []string{"achievements", "achievements.svg", "status"} {
		if kinds[kind] == 0 {
			t.Errorf("nothing of %s is named: %v", kind, kinds)
		}
	}
}

// verifiedFromAnArchive: a deployment with retired keys closes, its data is deleted, and a plain web server publishes the folder that is left.
func verifiedFromAnArchive(t *testing.T, w *world) {
	own := newWorld(t, w.databases)
	folder := filepath.Join(own.dir, "archive")
	kept, valid := own.held(t, own.school)
	for name, text := range own.beside(t, own.school, kept) {
		valid[name] = text
	}
	gone, revoked := own.held(t, own.school)
	own.must(t, "keys", "rotate", "--now", "--issuer", "open-school")
	_, ofNight := own.held(t, own.night)
	own.revoke(t, gone)
	watcher := w.elsewhere(t, own.school.DID+"\n"+own.night.DID+"\n", "--fetch-allow", loopback) // it has seen the server's lists
	for name, text := range valid {
		watcher.agree(t, name+" before the end", text, "valid", "status.clear")
	}
	list := own.entry(t, gone).List

	if o := own.command(t, nil, append([]string{"issuer", "archive", "--to", own.dir}, own.place()...)...); o.code != 1 || !strings.Contains(o.errors, "there already") {
		t.Errorf("into a folder that exists: %d %s", o.code, o.errors)
	}
	if o := own.command(t, nil, append([]string{"issuer", "archive", "--to", folder, "--close", "--years", "31"}, own.place()...)...); o.code != 1 {
		t.Errorf("for 31 years: %d %s", o.code, o.errors)
	}
	own.must(t, "issuer", "archive", "--to", folder+"-rehearsal")
	own.must(t, "award", "--issuer", "night-school", "--achievement", "first-aid", "--name", "Late Learner") // a rehearsal stops nothing
	own.must(t, "keys", "rotate", "--issuer", "open-school", "--alg", "RS256")
	if o := own.command(t, nil, append([]string{"issuer", "archive", "--to", folder, "--close"}, own.place()...)...); o.code != 1 || !strings.Contains(o.errors, "takes over at") {
		t.Errorf("while a next key waits: %d %s", o.code, o.errors)
	}
	own.must(t, "keys", "rotate", "--issuer", "open-school", "--alg", "RS256", "--now")
	own.must(t, "issuer", "archive", "--to", folder, "--close")
	closedWhileItRuns(t, own, list, folder)
	watcher.running.stop(t) // what it keeps in memory is gone, what it has seen is not
	watcher.start(t)
	for name, text := range valid {
		watcher.agree(t, name+" at the end", text, "valid", "status.clear")
	}
	own.running.stop(t)
	late := append([]string{"award", "--issuer", "night-school", "--achievement", "first-aid", "--name", "Too Late"}, own.place()...)
	if o := own.command(t, nil, late...); o.code == 0 || !strings.Contains(o.errors, "closed and archived") {
		t.Errorf("an award after the end: %d %s%s", o.code, o.out, o.errors)
	}
	if err := os.RemoveAll(own.data); err != nil {
		t.Fatal(err)
	}
	wholeArchive(t, folder)
	asked := publishFolder(t, own.listen, folder)

	own.everythingNamed(t, valid, ofNight)
	there := watcher
	for name, text := range valid {
		there.agree(t, name, text, "valid", "status.clear")
	}
	for name, text := range ofNight {
		there.agree(t, name, text, "valid", "status.clear")
	}
	for name, text := range revoked {
		there.agree(t, "revoked "+name, text, "invalid", "status.revoked")
	}
	if asked.Load() == 0 {
		t.Error("the folder was never asked")
	}
	if err := os.RemoveAll(filepath.Join(folder, "status")); err != nil {
		t.Fatal(err)
	}
	fresh := w.elsewhere(t, own.school.DID, "--fetch-allow", loopback)
	for name, text := range valid {
		fresh.agree(t, name+" without its list", text, "undecided", "STATUS_RETRIEVAL_ERROR")
	}
}

// closedWhileItRuns holds that a running server publishes the lists of the folder, and changes nothing that they say.
func closedWhileItRuns(t *testing.T, own *world, list, folder string) {
	t.Helper()
	kept, err := os.ReadFile(filepath.Join(folder, strings.TrimPrefix(list, own.base+"/"), "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	_, want, _ := strings.Cut(string(kept), ".")
	want, _, _ = strings.Cut(want, ".")
	if served := string(own.ask(t, question{path: list}).want(t, http.StatusOK).body); !strings.Contains(served, "."+want+".") {
		t.Errorf("the server publishes another list than the folder:\n%s\n%s", served, kept)
	}
	if p := own.call(t, "POST /api/v1/awards", own.request(nil)).want(t, http.StatusServiceUnavailable).problem(t); p.Code != "issuing.stopped" {
		t.Errorf("an award: %+v", p)
	}
	var page struct{ Items []award }
	own.call(t, "GET /api/v1/awards?status=active&limit=1", nil).want(t, http.StatusOK).into(t, &page)
	path := "POST /api/v1/awards/" + page.Items[0].ID + "/revocation"
	if p := own.call(t, path, map[string]any{"reason": "too late"}).want(t, http.StatusConflict).problem(t); p.Code != "issuer.closed" || p.Hint == "" {
		t.Errorf("a revocation: %+v", p)
	}
	if out := own.must(t, "issuing", "status"); strings.Count(out, "closed since") != 2 {
		t.Errorf("the switch says %s", out)
	}
}

// agree verifies a text by the API and by the command line.
func (d *deployment) agree(t *testing.T, name, text, verdict, code string) {
	t.Helper()
	if r := d.verify(t, map[string]string{"credential": text}); r.Verdict != verdict || r.check("status").Code != code {
		t.Errorf("%s: %s, %+v", name, r.Verdict, r.Checks)
	}
	file := filepath.Join(d.dir, "credential")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o := d.command(t, nil, append([]string{"verify", file, "--fetch-allow", loopback, "--trust", filepath.Join(d.dir, "trust.json")}, d.place()...)...)
	word := map[string]string{"valid": "VALID", "invalid": "NOT VALID", "undecided": "UNDECIDED"}[verdict]
	if !strings.HasPrefix(o.out, word) || !strings.Contains(o.out, code) {
		t.Errorf("%s, by the command line: %d\n%s%s", name, o.code, o.out, o.errors)
	}
}

// wholeArchive compares a folder with its manifest, and looks for what must not be in it.
func wholeArchive(t *testing.T, folder string) {
	t.Helper()
	var m struct {
		Final bool
		Until time.Time `json:"lists_until"`
		Files []struct{ Path, SHA256 string }
	}
	text, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &m); err != nil || !m.Final || time.Until(m.Until) < 9*365*24*time.Hour {
		t.Errorf("the manifest: %v %.500s", err, text)
	}
	named := map[string]string{}
	for _, f := range m.Files {
		named[f.Path] = f.SHA256
	}
	err = fs.WalkDir(os.DirFS(folder), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path == "manifest.json" {
			return err
		}
		body, err := os.ReadFile(filepath.Join(folder, path))
		sum := sha256.Sum256(body)
		if named[path] != hex.EncodeToString(sum[:]) {
			t.Errorf("%s is not as the manifest says", path)
		}
		if strings.Contains(string(body), "Learner") {
			t.Errorf("%s names a learner", path)
		}
		delete(named, path)
		return err
	})
	if err != nil || len(named) > 0 {
		t.Errorf("%v; named and not there: %v", err, named)
	}
	page, err := os.ReadFile(filepath.Join(folder, "index.html"))
	if err != nil || strings.Count(string(page), "<section lang=") != 6 || !strings.Contains(string(page), `dir="rtl"`) {
		t.Errorf("the page: %v %.300s", err, page)
	}
}

// publishFolder serves a folder as any web server does, and counts what is asked.
func publishFolder(t *testing.T, address, folder string) *atomic.Int64 {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	n := new(atomic.Int64)
	files := http.FileServer(http.Dir(folder))
	s := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		n.Add(1)
		files.ServeHTTP(out, r)
	})}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return n
}
