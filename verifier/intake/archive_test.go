package intake_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier/intake"
)

// zipped packs the same content under each of the names.
func zipped(t testing.TB, mode fs.FileMode, content string, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		h.SetMode(mode)
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func tarred(t testing.TB, name, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipped(t testing.TB, content string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReadUnpacksNoArchive(t *testing.T) {
	many := make([]string, 10_000)
	for i := range many {
		many[i] = fmt.Sprintf("%d.json", i)
	}
	large := strings.Repeat(" ", 4*limits.ImageBytes)
	for name, c := range map[string]struct{ in, word string }{
		"W18 a ZIP with one badge":          {zipped(t, 0o600, signed, "badge.json"), "ZIP"},
		"W18 a ZIP that climbs":             {zipped(t, 0o600, signed, "../../badge.json"), "ZIP"},
		"W18 a ZIP with a symbolic link":    {zipped(t, fs.ModeSymlink|0o777, "/etc/hostname", "badge.json"), "ZIP"},
		"W18 a ZIP of 10000 files":          {zipped(t, 0o600, "{}", many...), "ZIP"},
		"W18 a ZIP that swells":             {zipped(t, 0o600, large, "badge.json"), "ZIP"},
		"W18 an empty ZIP":                  {zipped(t, 0o600, ""), "ZIP"},
		"W18 a part of a ZIP":               {"PK\x07\x08" + zipped(t, 0o600, signed, "badge.json"), "ZIP"},
		"W18 a TAR":                         {tarred(t, "../badge.json", signed), "TAR"},
		"W18 a TAR whose name is a badge":   {tarred(t, "badge.json", jws(`{"typ":"JWT"}`, `{}`)), "TAR"},
		"W18 a compressed TAR":              {gzipped(t, tarred(t, "badge.json", signed)), "compressed"},
		"W18 a compressed file that swells": {gzipped(t, large), "compressed"},
		"W18 bzip2":                         {"BZh91AY&SY\x11\x22", "compressed"},
		"W18 xz":                            {"\xfd7zXZ\x00\x00\x04", "compressed"},
		"W18 7-Zip":                         {"7z\xbc\xaf\x27\x1c\x00\x04", "compressed"},
		"W18 Zstandard":                     {"\x28\xb5\x2f\xfd\x04\x11", "compressed"},
		"W18 RAR":                           {"Rar!\x1a\x07\x01", "compressed"},
	} {
		t.Run(name, func(t *testing.T) {
			got, to, err := intake.Read([]byte(c.in), intake.Hint{FileName: "badges"})
			if code(err) != "intake.unsupported" || !strings.Contains(fmt.Sprint(err), c.word) {
				t.Errorf("got %v, want intake.unsupported with %q", err, c.word)
			}
			if diff := cmp.Diff(intake.Item{}, got); diff != "" || to != "" {
				t.Errorf("an error and something: %q %s", to, diff)
			}
		})
	}
}

func TestReadTakesAFileForOneThingOnly(t *testing.T) {
	archive := zipped(t, 0o600, signed, "badge.json")
	picture := string(encoded(t, page(t, ""), "png"))
	badge := jws(`{"typ":"JWT"}`, `{"id":"urn:x"}`)
	for name, c := range map[string]struct{ in, item, code string }{
		"a badge alone":                      {in: badge, item: "ob-jwt text"},
		"a badge with an archive behind it":  {in: badge + archive, code: "jose.structure"},
		"JSON alone":                         {in: signed, item: "data-integrity json"},
		"JSON with an archive behind it":     {in: signed + archive, code: "json.utf8"},
		"a picture alone":                    {in: picture, code: "image.no_credential"},
		"a picture with an archive behind":   {in: picture + archive, code: "image.no_credential"},
		"a picture with JSON behind it":      {in: picture + signed, code: "image.no_credential"},
		"an archive with a picture behind":   {in: archive + picture, code: "intake.unsupported"},
		"words with the letters of a TAR":    {in: strings.Repeat("a", 257) + "ustar", code: "intake.no_credential"},
		"a PDF document with a badge inside": {in: "%PDF-1.7\n" + badge, code: "pdf.malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := intake.Read([]byte(c.in), intake.Hint{FileName: "badge"})
			if item(got) != c.item || code(err) != c.code {
				t.Errorf("got %q, %v; want %q, %q", item(got), err, c.item, c.code)
			}
		})
	}
}
