package web

import (
	"strconv"
	"strings"
)

// Prefer chooses, of the media types that are offered, what an Accept header wants most (RFC 9110 §12.5.1). Of what it wants equally,
// and when it wants none or says nothing, the first that is offered.
func Prefer(accept string, offers ...string) string {
	best, most := offers[0], 0.0
	for _, offer := range offers {
		if w := acceptWeight(accept, offer); w > most {
			best, most = offer, w
		}
	}
	return best
}

// acceptWeight returns the weight that the most specific range of the header gives to a media type.
func acceptWeight(accept, media string) float64 {
	kind, _, _ := strings.Cut(media, "/")
	weight, precision := 0.0, 0
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(part, ";")
		p := 0
		switch strings.ToLower(strings.TrimSpace(name)) {
		case media:
			p = 3
		case kind + "/*":
			p = 2
		case "*/*":
			p = 1
		}
		if p > precision {
			weight, precision = quality(params), p
		}
	}
	return weight
}

// quality reads the weight of a range; 0 when it cannot be read.
func quality(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(param), "q="); ok {
			q, err := strconv.ParseFloat(v, 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return 0
			}
			return q
		}
	}
	return 1
}
