package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/ascii85"
	"io"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/limits"
)

func encrypted() error {
	return fault.Wrong(CodeEncrypted, "",
		"The PDF document is protected by a password or by permissions. Please save it without protection, or give the badge itself.")
}

// decode applies the filters of a stream: at most one text form, and Flate behind it (ISO 32000-2 §7.4).
func (d *document) decode(s *stream) ([]byte, error) {
	if s.dict["F"] != nil {
		return nil, fault.Wrong(CodeUnsupported, "", "A stream of the PDF document lies in another file.")
	}
	filters, err := d.filters(s.dict)
	if err != nil {
		return nil, err
	}
	var in io.Reader = bytes.NewReader(s.raw)
	var parms dict
	for i, f := range filters {
		switch {
		case f.name == "FlateDecode" && i == len(filters)-1:
			if in, err = zlib.NewReader(in); err != nil {
				return nil, malformed("a compressed stream is damaged")
			}
			parms = f.parms
		case f.name == "ASCII85Decode" && i == 0:
			text, _, _ := bytes.Cut(s.raw, []byte("~>"))
			in = ascii85.NewDecoder(bytes.NewReader(text))
		case f.name == "ASCIIHexDecode" && i == 0:
			text, _, _ := bytes.Cut(s.raw, []byte(">"))
			raw, err := unhexAll(text)
			if err != nil {
				return nil, err
			}
			in = bytes.NewReader(raw)
		default:
			return nil, fault.Wrong(CodeUnsupported, "", "The PDF document has a stream in the form %.40q, which is not read here.", string(f.name))
		}
	}
	out, err := io.ReadAll(io.LimitReader(in, int64(d.inflated)+1))
	if err != nil {
		return nil, malformed("a compressed stream is damaged")
	}
	if d.inflated -= len(out); d.inflated < 0 {
		return nil, tooMuch("bytes once unpacked", limits.PDFInflatedBytes)
	}
	return d.unpredict(out, parms)
}

type filter struct {
	name  name
	parms dict
}

func (d *document) filters(about dict) ([]filter, error) {
	f, err := d.resolve(about["Filter"])
	if err != nil {
		return nil, err
	}
	p, err := d.resolve(about["DecodeParms"])
	if err != nil {
		return nil, err
	}
	names, ok := f.(array)
	parms, _ := p.(array)
	switch single, isName := f.(name); {
	case f == nil:
		return nil, nil
	case isName:
		names, parms = array{single}, array{p}
	case !ok || len(names) > 2:
		return nil, malformed("the filters of a stream are none")
	}
	out := make([]filter, len(names))
	for i, n := range names {
		v, err := d.resolve(n)
		if err != nil {
			return nil, err
		}
		out[i].name, _ = v.(name)
		if i < len(parms) {
			if out[i].parms, err = d.dict(parms[i]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// unpredict undoes the predictor (§7.4.4.4): none, the TIFF one for whole bytes, or those of PNG, row by row.
func (d *document) unpredict(data []byte, parms dict) ([]byte, error) {
	setting := map[name]int{"Predictor": 1, "Colors": 1, "BitsPerComponent": 8, "Columns": 1}
	for key := range setting {
		if parms[key] == nil {
			continue
		}
		n, err := d.number(parms[key])
		if err != nil {
			return nil, err
		}
		if n < 1 || n > 1<<16 {
			return nil, malformed("a predictor has settings that cannot be")
		}
		setting[key] = n
	}
	predictor, pixel := setting["Predictor"], setting["Colors"]*setting["BitsPerComponent"]
	if predictor == 1 {
		return data, nil
	}
	bytesPerPixel, row := (pixel+7)/8, (pixel*setting["Columns"]+7)/8
	switch {
	case predictor == 2 && setting["BitsPerComponent"] == 8:
		for at := 0; at < len(data); at += row {
			line := data[at:min(at+row, len(data))]
			for i := bytesPerPixel; i < len(line); i++ {
				line[i] += line[i-bytesPerPixel]
			}
		}
		return data, nil
	case predictor >= 10 && predictor <= 15:
		return unfilter(data, row, bytesPerPixel)
	}
	return nil, fault.Wrong(CodeUnsupported, "", "The PDF document has a stream with predictor %d, which is not read here.", predictor)
}

// unfilter undoes the filters of PNG (PNG §9): each row begins with the number of its filter.
func unfilter(data []byte, row, pixel int) ([]byte, error) {
	out := make([]byte, 0, len(data))
	above := make([]byte, min(row, len(data)))
	for len(data) > 0 {
		kind, line := data[0], data[1:min(1+row, len(data))]
		data = data[1+len(line):]
		for i := range line {
			var left, corner byte
			if i >= pixel {
				left, corner = line[i-pixel], above[i-pixel]
			}
			switch kind {
			case 0:
			case 1:
				line[i] += left
			case 2:
				line[i] += above[i]
			case 3:
				line[i] += byte((int(left) + int(above[i])) / 2) //nolint:gosec // the mean of two bytes
			case 4:
				line[i] += paeth(left, above[i], corner)
			default:
				return nil, malformed("a row has a filter that is none")
			}
		}
		out = append(out, line...)
		above = line
	}
	return out, nil
}

func paeth(left, above, corner byte) byte {
	a, b, c := int(left), int(above), int(corner)
	p := a + b - c
	switch pa, pb, pc := distance(p, a), distance(p, b), distance(p, c); {
	case pa <= pb && pa <= pc:
		return left
	case pb <= pc:
		return above
	}
	return corner
}

func distance(a, b int) int { return max(a-b, b-a) }
