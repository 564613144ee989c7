package service_test

import (
	"bytes"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func hostileScenarios() []scenario {
	return []scenario{
		{"W19: a name cannot break out of the header of a download", downloadNames},
		{"W21: no framing, no foreign redirect, no origin is echoed", framesAndOrigins},
		{"W27: a language that is none falls back and stays inert", oddLanguages},
		{"W28: what operators see is not there for the public", operatorPaths},
		{"D08: what an award says is shown as text, never as markup", shownAsText},
	}
}

func downloadNames(t *testing.T, w *world) {
	for _, name := range []string{`a"; filename="evil.exe`, `..\..\x`, `../../etc/passwd`, "a;b=c", "\u202egnp.exe", "שיעור", `%0d%0aX: y`} {
		var made struct{ ID string }
		w.call(t, "POST /api/v1/achievements", map[string]any{
			"issuer": w.night.ID, "slug": "w19-" + randomID(t, 8), "name": name, "description": "d", "criteria": "c",
		}).want(t, http.StatusCreated).into(t, &made)
		a := w.award(t, map[string]any{"issuer": w.night.ID, "achievement": made.ID})
		got := w.ask(t, question{path: a.Credentials[0].PNGURL}).want(t, http.StatusOK)
		kind, params, err := mime.ParseMediaType(got.header.Get("Content-Disposition"))
		file := params["filename"]
		if err != nil || kind != "attachment" || !strings.HasSuffix(file, ".png") || strings.ContainsAny(file, "/\\\"\r\n;\u202e") {
			t.Errorf("%q: %v %s %q", name, err, kind, file)
		}
		if got.header.Get("X") != "" {
			t.Errorf("%q made a header", name)
		}
	}
	for _, name := range []string{"a\r\nX: y", "a\nb"} {
		body := map[string]any{"issuer": w.night.ID, "slug": "w19-" + randomID(t, 8), "name": name, "description": "d", "criteria": "c"}
		w.call(t, "POST /api/v1/achievements", body).want(t, http.StatusBadRequest)
	}
}

func framesAndOrigins(t *testing.T, w *world) {
	a := w.award(t, nil)
	c := a.Credentials[0]
	for _, path := range []string{"/", "/verify", a.Page, a.ClaimURL, "/console", "/api", c.SVGURL, c.PNGURL, c.JWTURL, "/nothing-here"} {
		h := w.ask(t, question{path: path}).header
		framed := !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") && h.Get("X-Frame-Options") != "DENY"
		if framed || h.Get("X-Content-Type-Options") != "nosniff" || strings.Contains(h.Get("Content-Security-Policy"), "unsafe-eval") ||
			!strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", path, h)
		}
	}
	for _, origin := range []string{"null", "https://evil.example", w.base + ".evil.example", "https://evil.example/" + w.base} {
		for _, path := range []string{"/api/v1/awards", "/api/v1/me", "/console", a.ClaimURL, "/", "/.well-known/did.json", c.JWTURL} {
			for _, q := range []question{
				{path: path, header: map[string]string{"Origin": origin}},
				{method: http.MethodOptions, path: path, header: map[string]string{"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}},
			} {
				got := w.ask(t, q)
				allow := got.header.Get("Access-Control-Allow-Origin")
				public := path == "/.well-known/did.json" || path == c.JWTURL
				if allow != "" && (allow != "*" || !public) || got.header.Get("Access-Control-Allow-Credentials") != "" ||
					strings.Contains(strings.ToLower(got.header.Get("Access-Control-Allow-Headers")), "authorization") {
					t.Errorf("%s %s for %s: %v", q.method, path, origin, got.header)
				}
			}
		}
	}
	for _, path := range []string{"//evil.example/", "/\\evil.example/", "/verify/", "//evil.example/%2e%2e", "/console/?next=https://evil.example", "/c/" + c.ID + "/", "/claim//evil.example"} {
		got := w.ask(t, question{path: path})
		if to := got.header.Get("Location"); to != "" {
			if u, err := url.Parse(to); err != nil || u.Host != "" || strings.HasPrefix(to, "//") || strings.HasPrefix(to, "/\\") {
				t.Errorf("%s leads to %s", path, to)
			}
		}
	}
	forged := w.ask(t, question{path: a.Page, header: map[string]string{"Host": "evil.example", "X-Forwarded-Host": "evil.example"}})
	if bytes.Contains(forged.body, []byte("evil.example")) {
		t.Error("the page names the host that a visitor made up")
	}
}

func oddLanguages(t *testing.T, w *world) {
	a := w.award(t, nil)
	for _, lang := range []string{`ar"><script>alert(1)</script>`, "../../etc/passwd", "x-klingon", strings.Repeat("a,", 2000), "ar;q=2", "\u202e", "*"} {
		for _, q := range []question{
			{path: a.Page, header: map[string]string{"Accept-Language": lang}},
			{path: a.Page + "?lang=" + url.QueryEscape(lang)},
			{path: "/verify?lang=" + url.QueryEscape(lang)},
			{path: "/", header: map[string]string{"Cookie": "lang=" + url.QueryEscape(lang)}},
		} {
			got := w.ask(t, q)
			if got.status != http.StatusOK || bytes.Contains(got.body, []byte("<script>alert")) || bytes.Contains(got.body, []byte("root:")) {
				t.Errorf("%.30q %s: %d", lang, q.path, got.status)
			}
		}
	}
	arabic := w.ask(t, question{path: a.Page, header: map[string]string{"Accept-Language": "ar"}}).want(t, http.StatusOK)
	if !bytes.Contains(arabic.body, []byte(`dir="rtl"`)) {
		t.Error("a language that there is has no effect")
	}
}

func operatorPaths(t *testing.T, w *world) {
	for _, path := range []string{
		"/debug/pprof/", "/debug/vars", "/.git/config", "/.git/HEAD", "/.env", "/static/", "/static", "/laurel.toml", "/laurel.db", "/kek",
		"/laurel-data/kek", "/static/../kek", "/static/..%2f..%2fkek", "/%2e%2e/kek", "/server-status", "/admin", "/api/v1/", "/api/v1/debug", "/docs", "/schemas/",
	} {
		if got := w.ask(t, question{path: path}); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	w.ask(t, question{path: "/metrics"}).want(t, http.StatusOK) // by this machine's own name, on a loopback listener
	for name, h := range map[string]map[string]string{
		"behind a proxy":    {"X-Forwarded-For": "198.51.100.1"},
		"by another name":   {"Host": "badges.example.org"},
		"behind a Via":      {"Via": "1.1 proxy"},
		"with a forwarding": {"Forwarded": "for=198.51.100.1"},
	} {
		if got := w.ask(t, question{path: "/metrics", header: h}); got.status != http.StatusNotFound {
			t.Errorf("/metrics %s: %d", name, got.status)
		}
	}
	public := deploy(t, w.databases(t), "--base-url", "https://badges.example.org")
	port := freePort(t)
	public.flags = append(public.flags, "--metrics-listen", port)
	public.start(t)
	public.base = "http://" + listening(t, public)
	public.ask(t, question{path: "/metrics"}).want(t, http.StatusNotFound)
	public.ask(t, question{path: "/healthz"}).want(t, http.StatusOK)
	public.base = "http://" + port
	if got := public.ask(t, question{path: "/metrics"}).want(t, http.StatusOK); !bytes.Contains(got.body, []byte("laurel_")) {
		t.Errorf("metrics: %.300s", got.body)
	}
	public.ask(t, question{path: "/api/v1/me"}).want(t, http.StatusNotFound)
}

func shownAsText(t *testing.T, w *world) {
	script := `<script>alert(1)</script><img src=x onerror=alert(1)>`
	a := w.award(t, map[string]any{
		"recipient": map[string]any{"name": script}, "narrative": script + "\n\n[link](javascript:alert(1)) ![x](https://tracker.example/x.png)", "term": script,
		"evidence": []any{map[string]any{"name": script, "url": "https://school.example/e?a=1&b=2", "narrative": script}},
	})
	for _, path := range []string{a.Page, a.ClaimURL} {
		body := w.ask(t, question{path: path}).want(t, http.StatusOK).body
		for _, bad := range []string{"<script>alert", "onerror=alert(1)>", `href="javascript:`, `src="https://tracker`} {
			if bytes.Contains(body, []byte(bad)) {
				t.Errorf("%s holds %s", path, bad)
			}
		}
		if !bytes.Contains(body, []byte("&lt;script&gt;")) {
			t.Errorf("%s does not show the name as text", path)
		}
	}
}
