package intake_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/verifier/intake"
)

// segment is a marker of a JPEG with what belongs to it.
func segment(marker byte, body ...byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
}

// progressive is a JPEG of one colour that gets better in so many passes, each of them a few bytes that say "nothing new".
// sampling is that of each component.
func progressive(side, passes int, sampling ...byte) []byte {
	frame := binary.BigEndian.AppendUint16([]byte{8}, uint16(side))
	frame = append(binary.BigEndian.AppendUint16(frame, uint16(side)), byte(len(sampling)))
	for i, s := range sampling {
		frame = append(frame, byte(i+1), s, 0)
	}
	table := append([]byte{0x10, 1}, make([]byte, 15)...) // one code, "0": the end of a band of 2^14 blocks and more
	out := append([]byte{0xff, 0xd8}, segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)...)
	out = append(out, segment(0xc2, frame...)...)
	out = append(out, segment(0xc4, append(table, 0xe0)...)...)
	blocks := (side + 7) / 8 * ((side + 7) / 8) * int(sampling[0]>>4) * int(sampling[0]&0xf)
	scan := append(segment(0xda, 1, 1, 0, 1, 0x3f, 0), make([]byte, (blocks/(1<<14)+1)*15/8+1)...)
	return append(append(out, bytes.Repeat(scan, passes)...), 0xff, 0xd9)
}

// wide is the picture with another header: so many pixels of that depth and colour, of which there are none.
func wide(t *testing.T, width, height uint32, depth, colour byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	head := append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height), depth, colour, 0, 0, 0)
	out := b.Bytes()
	copy(out[16:], head)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

// TestPicturesThatUnfoldAreRefusedUnread: what a few bytes make of memory and time is counted before it is spent (R13).
func TestPicturesThatUnfoldAreRefusedUnread(t *testing.T) {
	for _, row := range []struct {
		name string
		in   []byte
		code string
		says string
	}{
		{"a JPEG of as many passes as are looked at", progressive(64, limits.ImageScans, 0x11), "image.no_credential", "no QR code"},
		{"a JPEG of one pass more", progressive(64, limits.ImageScans+1, 0x11), "limits.pixels", "65 passes"},
		{"a JPEG of 10,000 passes over many pixels", progressive(4800, 10_000, 0x11), "limits.pixels", "10000 passes"},
		{"a JPEG whose passes stand behind filling bytes", bytes.ReplaceAll(progressive(64, 70, 0x11), []byte{0xff, 0xda}, []byte{0xff, 0xff, 0xff, 0xda}),
			"limits.pixels", "70 passes"},
		{"a JPEG that gets better, of many pixels in full colour", progressive(4800, 1, 0x11, 0x11, 0x11), "limits.pixels", "MiB"},
		{"a JPEG that gets better, of print", progressive(2880, 1, 0x22, 0x11, 0x11, 0x22), "limits.pixels", "MiB"},
		{"a PNG of many pixels of 16 bits", wide(t, 4800, 4800, 16, 6), "limits.pixels", "MiB"},
		{"a PNG of many grey pixels of 16 bits, which may be transparent", wide(t, 4800, 4800, 16, 0), "limits.pixels", "MiB"},
		{"a PNG of as many pixels of 8 bits", wide(t, 4800, 4800, 8, 6), "image.malformed", "broken"},
		{"a PNG of more pixels than are looked at", wide(t, 1<<16, 1<<16, 1, 0), "limits.pixels", "at most"},
	} {
		_, _, err := intake.Read(row.in, intake.Hint{})
		if d := fault.AsDefect(err); err == nil || d.Code != row.code || !strings.Contains(d.Detail, row.says) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	var photo bytes.Buffer // as telephones make them
	if err := jpeg.Encode(&photo, image.NewYCbCr(image.Rect(0, 0, 4000, 3000), image.YCbCrSubsampleRatio420), nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := intake.Read(photo.Bytes(), intake.Hint{}); fault.AsDefect(err).Code != "image.no_credential" {
		t.Errorf("a photograph: %v", err)
	}
}
