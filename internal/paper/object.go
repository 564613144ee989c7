package paper

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/klauspost/compress/zlib"
)

// objects are the indirect objects of the file, by their number less one.
type objects struct{ bodies [][]byte }

// reserve returns the number of an object whose text comes later.
func (o *objects) reserve() int {
	o.bodies = append(o.bodies, nil)
	return len(o.bodies)
}

func (o *objects) set(num int, text string) { o.bodies[num-1] = []byte(text) }

func (o *objects) add(text string) int {
	num := o.reserve()
	o.set(num, text)
	return num
}

// stream adds compressed content; about is its dictionary without filter and length.
func (o *objects) stream(about string, content []byte) int {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write(content) // a buffer takes everything
	_ = z.Close()
	return o.rawStream(about+" /Filter /FlateDecode", out.Bytes())
}

func (o *objects) rawStream(about string, content []byte) int {
	num := o.reserve()
	var b bytes.Buffer
	fmt.Fprintf(&b, "<< %s /Length %d >>\nstream\n", strings.TrimSpace(about), len(content))
	b.Write(content)
	b.WriteString("\nendstream")
	o.bodies[num-1] = b.Bytes()
	return num
}

// write puts the file together, with a cross-reference table (§7.5.4). Its id is that of its content.
func (o *objects) write(root, info int) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(o.bodies))
	for i, body := range o.bodies {
		offsets[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n", i+1)
		out.Write(body)
		out.WriteString("\nendobj\n")
	}
	sum := sha256.Sum256(out.Bytes())
	id := hex.EncodeToString(sum[:16])
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /ID [<%s> <%s>] >>\nstartxref\n%d\n%%%%EOF\n",
		len(offsets)+1, root, info, id, id, start)
	return out.Bytes()
}

// textString writes a text string (§7.9.2.2) in UTF-16BE, as hexadecimal digits: nothing in it can end it.
func textString(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteByte('>')
	return b.String()
}
