package dataintegrity_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/dataintegrity"
)

// corpus returns a folder of the shared corpus, or skips with one line.
func corpus(t testing.TB, parts ...string) string {
	t.Helper()
	dir := filepath.Join(append([]string{"..", "..", "..", "..", "shared", "corpus"}, parts...)...)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("corpus: %s is not there", filepath.Join(parts...))
	}
	return dir
}

func parse(t testing.TB, text []byte) ijson.Value {
	t.Helper()
	v, err := ijson.Parse(text, ijson.Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func load(t testing.TB, path ...string) ijson.Value {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, text)
}

// keyOf takes the key out of a verification method that carries it: the fragment, or a did:key.
func keyOf(method string) (keys.Public, error) {
	_, fragment, _ := strings.Cut(method, "#")
	if id, ok := strings.CutPrefix(method, "did:key:"); ok && fragment == "" {
		fragment = id
	}
	return keys.ParseMultikey(fragment)
}

// outcome verifies all proofs of a document and says how the best of them fared: "verifies", or the code of the last defect.
func outcome(doc ijson.Value) string {
	proofs, err := dataintegrity.Read(doc)
	if err != nil {
		return fault.AsDefect(err).Code
	}
	last := ""
	for i := range proofs {
		p := &proofs[i]
		if err := p.Err(); err != nil {
			last = fault.AsDefect(err).Code
			continue
		}
		key, err := keyOf(p.VerificationMethod)
		if err != nil {
			last = "no key"
			continue
		}
		if _, err := p.Verify(doc, key); err != nil {
			last = fault.AsDefect(err).Code
			continue
		}
		return "verifies"
	}
	return last
}

var armoured = regexp.MustCompile(`(?s)(<!\[CDATA\[|credential>)\s*(\{.*\})\s*(\]\]>|</)`)

// credentialIn finds the JSON credential in a sample: plain, in the text chunk of a PNG, in an SVG.
func credentialIn(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	switch filepath.Ext(path) {
	case ".png":
		at := bytes.Index(text, []byte("openbadgecredential\x00"))
		at += bytes.IndexByte(text[at:], '{')
		var first json.RawMessage
		if err := json.NewDecoder(bytes.NewReader(text[at:])).Decode(&first); err != nil {
			t.Fatal(err)
		}
		return first
	case ".svg":
		m := armoured.FindSubmatch(text)
		if m == nil {
			t.Fatal("no credential in the SVG")
		}
		return m[2]
	}
	return text
}

func TestDump(t *testing.T) {
	for _, dir := range []string{"ob30", "clr20", "ob30/bit-string-list", "ob30/sd"} {
		root := corpus(t, "1edtech", filepath.FromSlash(dir))
		files, _ := os.ReadDir(root)
		for _, f := range files {
			if f.IsDir() || strings.HasSuffix(f.Name(), ".jwt") || strings.Contains(f.Name(), "jwt") {
				continue
			}
			t.Logf("%s/%s: %s", dir, f.Name(), outcome(parse(t, credentialIn(t, filepath.Join(root, f.Name())))))
		}
	}
	_ = hex.EncodeToString
	_ = base64.StdEncoding
}
