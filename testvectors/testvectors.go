// Package testvectors owns the inputs with a stated outcome that tests of several packages, and the demonstration, share.
//
// The files are embedded: JSON files hold "cases", each with a "name" and what must come of it; other files are taken as
// they are. The package refuses a test that names no file: a loop over nothing proves nothing.
package testvectors

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed moodle json time status identity vcdm
var files embed.FS

// The course-completion export that ships with Laurel: the layout of Moodle's report (id, name, identity fields, for each
// activity its state and "… - Completion date", other criteria, "Course complete"), with made-up learners. It leads to two
// achievements: one for the course, one for an activity of it.
const (
	CourseCompletion    = "moodle/course-completion.csv"
	CourseColumn        = "Course complete"                               // date of the course: six learners of eight
	WorkshopColumn      = "Accessible content workshop - Completion date" // date of the activity: six learners of eight
	CourseLearners      = 8
	CourseCompletions   = 6
	WorkshopCompletions = 6
)

// Read returns the file of that name, such as CourseCompletion.
func Read(name string) ([]byte, error) {
	data, err := files.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("test vector %s: %w", name, err)
	}
	return data, nil
}

// FS returns all files.
func FS() fs.FS { return files }

// Runner is what Each needs of *testing.T or *testing.B; naming them would link package testing into the binary.
type Runner[T any] interface {
	Helper()
	Fatalf(format string, args ...any)
	Run(name string, f func(T)) bool
}

// Each runs fn in a subtest for every file whose name matches glob ("json/*.json", see path.Match), and fails t when there
// is none.
func Each[T Runner[T]](t T, glob string, fn func(t T, name string, data []byte)) {
	t.Helper()
	names, err := fs.Glob(files, glob)
	if err != nil {
		t.Fatalf("test vectors %s: %v", glob, err)
		return
	}
	if len(names) == 0 {
		t.Fatalf("test vectors %s: no file has such a name", glob)
		return
	}
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			t.Fatalf("test vector %s: %v", name, err)
			return
		}
		t.Run(strings.ReplaceAll(name, "/", "_"), func(t T) { fn(t, name, data) })
	}
}
