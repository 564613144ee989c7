package status

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/flate"
)

// chunkBytes is how much is compressed at a time: a changed entry costs the compression of one chunk, not of the list.
const chunkBytes = 1 << 10

// stream is the bytes of a list, with what was compressed of them before. Its owner locks.
type stream struct {
	raw     []byte
	packed  [][]byte // compressed chunks; nil: to be compressed
	packer  *flate.Writer
	scratch bytes.Buffer
}

func newStream(raw []byte) stream {
	return stream{raw: raw, packed: make([][]byte, (len(raw)+chunkBytes-1)/chunkBytes)}
}

// write sets byte n.
func (s *stream) write(n int, to byte) {
	if s.raw[n] != to {
		s.raw[n] = to
		s.packed[n/chunkBytes] = nil
	}
}

// deflate appends the whole list as one deflate stream (RFC 1951). Each chunk ends in a sync flush, so that the chunks join.
func (s *stream) deflate(out []byte) ([]byte, error) {
	for i := range s.packed {
		if s.packed[i] == nil {
			if err := s.pack(i); err != nil {
				return nil, fmt.Errorf("compressing a status list: %w", err)
			}
		}
		out = append(out, s.packed[i]...)
	}
	return append(out, 0x01, 0x00, 0x00, 0xff, 0xff), nil // an empty last block (§3.2.4)
}

func (s *stream) pack(i int) error {
	s.scratch.Reset()
	if s.packer == nil {
		w, err := flate.NewWriter(&s.scratch, flate.BestSpeed)
		if err != nil {
			return err
		}
		s.packer = w
	} else {
		s.packer.Reset(&s.scratch)
	}
	if _, err := s.packer.Write(s.raw[i*chunkBytes : min((i+1)*chunkBytes, len(s.raw))]); err != nil {
		return err
	}
	if err := s.packer.Flush(); err != nil {
		return err
	}
	s.packed[i] = bytes.Clone(s.scratch.Bytes())
	return nil
}

func outOfRange(i, n int) error { return fmt.Errorf("status index %d: the list has %d entries", i, n) }
