package qr

import (
	"cmp"
	"image"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// Bounds on the work for one picture. The library's own search compares every three finder patterns with each other and
// decodes all that fit: a picture of 200 by 200 pixels full of finder patterns keeps it busy for more than a minute.
const (
	maxCenters  = 256 // finder patterns, after which the search of one size ends
	maxCompared = 40  // of them are compared with each other, the surest ones
	maxPerSize  = 12  // groups of three are decoded at one size and threshold
	maxAttempts = 64  // are decoded in one picture
)

// search is the work on one picture.
type search struct {
	attempts int
	texts    []string
}

// look tries one size in every way we know, cheapest first, until it has found something.
func (s *search) look(g *image.Gray) {
	upright := &source{gray: g}
	for _, src := range []gozxing.LuminanceSource{upright, upright.Invert()} {
		for _, bin := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(src), gozxing.NewGlobalHistgramBinarizer(src)} {
			if matrix, err := bin.GetBlackMatrix(); err == nil {
				s.decode(matrix)
			}
			if len(s.texts) > 0 {
				return
			}
		}
	}
}

// decode reads the likeliest groups of three finder patterns and notes the different texts.
func (s *search) decode(matrix *gozxing.BitMatrix) {
	// Without a declared character set the library guesses one, Shift JIS among them.
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"}
	for _, g := range groups(centers(matrix)) {
		if s.attempts++; s.attempts > maxAttempts {
			return
		}
		found, err := detector.NewDetector(matrix).ProcessFinderPatternInfo(g.info)
		if err != nil {
			continue
		}
		result, err := decoder.NewDecoder().Decode(found.GetBits(), hints)
		if err != nil {
			continue
		}
		if text := result.GetText(); text != "" && !slices.Contains(s.texts, text) {
			s.texts = append(s.texts, text)
		}
	}
}

// centers looks along every third row for dark and light in the proportion 1:1:3:1:1 of a finder pattern
// (ISO/IEC 18004 §6.3.3); the library checks each across and diagonally.
func centers(matrix *gozxing.BitMatrix) []*detector.FinderPattern {
	const skip = 3
	finder := detector.NewFinderPatternFinder(matrix, nil)
	counts := make([]int, 5)
	for y := skip - 1; y < matrix.GetHeight() && len(finder.GetPossibleCenters()) < maxCenters; y += skip {
		clear(counts)
		state := 0
		for x := range matrix.GetWidth() {
			dark, counting := matrix.Get(x, y), state%2 == 0
			switch {
			case dark == counting:
			case state < 4:
				state++
			case detector.FinderPatternFinder_foundPatternCross(counts) && finder.HandlePossibleCenter(counts, y, x):
				clear(counts)
				state = 0
				continue
			default: // the last three runs may be the first of the next pattern
				detector.FinderPatternFinder_ShiftCounts2(counts)
				state = 3
				continue
			}
			counts[state]++
		}
		if detector.FinderPatternFinder_foundPatternCross(counts) {
			finder.HandlePossibleCenter(counts, y, matrix.GetWidth())
		}
	}
	return finder.GetPossibleCenters()
}

// group is three finder patterns that may be the corners of one code, and how far they are from a right angle with
// equal legs: 0 is perfect.
type group struct {
	info *detector.FinderPatternInfo
	skew float64
}

// groups returns the best candidates for one code, best first.
func groups(found []*detector.FinderPattern) []group {
	slices.SortStableFunc(found, func(a, b *detector.FinderPattern) int { return cmp.Compare(b.GetCount(), a.GetCount()) })
	found = found[:min(len(found), maxCompared)]
	var out []group
	for i, a := range found {
		for j, b := range found[:i] {
			for _, c := range found[:j] {
				if g, ok := newGroup(a, b, c); ok {
					out = append(out, g)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b group) int { return cmp.Compare(a.skew, b.skew) })
	return out[:min(len(out), maxPerSize)]
}

func newGroup(a, b, c *detector.FinderPattern) (group, bool) {
	small := min(a.GetEstimatedModuleSize(), b.GetEstimatedModuleSize(), c.GetEstimatedModuleSize())
	large := max(a.GetEstimatedModuleSize(), b.GetEstimatedModuleSize(), c.GetEstimatedModuleSize())
	if large > 1.4*small {
		return group{}, false // they are not of one code
	}
	legs := []float64{square(a, b), square(b, c), square(a, c)}
	slices.Sort(legs)
	near, far, across := legs[0], legs[1], legs[2]
	if modules := near / (large * large); modules < 9*9 || far/(small*small) > 200*200 {
		return group{}, false // a code has 14 to 170 modules between two corners; some allowance for perspective
	}
	bl, tl, tr := gozxing.ResultPoint_OrderBestPatterns(a, b, c)
	corners := [3]*detector.FinderPattern{}
	for i, p := range []gozxing.ResultPoint{bl, tl, tr} {
		corner, ok := p.(*detector.FinderPattern)
		if !ok {
			return group{}, false
		}
		corners[i] = corner
	}
	info := detector.NewFinderPatternInfo(corners[0], corners[1], corners[2])
	return group{info: info, skew: (abs(across-2*near) + abs(across-2*far)) / across}, true
}

func square(a, b *detector.FinderPattern) float64 {
	x, y := a.GetX()-b.GetX(), a.GetY()-b.GetY()
	return x*x + y*y
}

func abs(x float64) float64 { return max(x, -x) }
