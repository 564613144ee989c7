package picture

import (
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
)

// strokes gives a letter as lines through a field of four by six, two digits to a point (x, then y from the top). A line
// that begins with ~ is bent round its corners.
func strokes(letter byte) ([]string, bool) {
	const alphabet = `A:062046,1434 B:0006,~00404303,~03434606 C:~414000064645 D:0006,~00404606 E:40000646,0333 F:400006,0333
		G:~414000064643,4323 H:0006,4046,0343 I:2026 J:~40460604 K:0006,400346 L:000646 M:0600234046 N:06004640
		O:~200006464020 P:0006,~00404404,0400 Q:~200006464020,2446 R:0006,~00404404,2446 S:~4140000343460605 T:0040,2026
		U:~00064640 V:002640 W:0016223640 X:0046,4006 Y:002340,2326 Z:00400646
		0:~200006464020 1:112026 2:~0100404306,0646 3:~0100404323,~2343460605 4:36300444 5:400003,~03434606 6:~400006464303,0304
		7:004016 8:~200003434020,~230306464323 9:~430300404606,4342`
	for _, entry := range strings.Fields(alphabet) {
		if entry[0] == letter {
			return strings.Split(entry[2:], ","), true
		}
	}
	return nil, false
}

// lettering sets up to three letters in the middle of the badge.
func lettering(text string) ([][]point, error) {
	text = strings.ToUpper(text)
	if len(text) > 3 {
		return nil, notLetters()
	}
	size := [...]float64{0, 24, 20, 14}[len(text)] // pixels to a unit
	const advance = 5.8                            // a letter and the space behind it
	left := middleX - size*(advance*float64(len(text))-1.8)/2
	var out [][]point
	for i := range len(text) {
		lines, known := strokes(text[i])
		if !known {
			return nil, notLetters()
		}
		for _, line := range lines {
			out = append(out, stroke(line, point{left + size*advance*float64(i), middleY - 3*size}, size))
		}
	}
	return out, nil
}

func notLetters() error {
	return fault.New(fault.Invalid, nil, "A badge is drawn with up to three of the letters A to Z and the digits.").Code("picture.design")
}

func stroke(line string, at point, size float64) []point {
	line, bent := strings.CutPrefix(line, "~")
	out := make([]point, 0, len(line)/2)
	for i := 0; i+1 < len(line); i += 2 {
		out = append(out, point{at.x + size*float64(line[i]-'0'), at.y + size*float64(line[i+1]-'0')})
	}
	if bent {
		out = smooth(out, 4)
	}
	return out
}
