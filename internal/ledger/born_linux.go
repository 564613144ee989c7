package ledger

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// born is when the file was made, in the place where it is; false where the file system does not say. Neither a new name nor another
// owner changes it, and a copy has one of its own.
func born(f *os.File) (time.Time, bool) {
	var s unix.Statx_t
	err := unix.Statx(int(f.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_BTIME, &s)
	if err != nil || s.Mask&unix.STATX_BTIME == 0 {
		return time.Time{}, false
	}
	return time.Unix(s.Btime.Sec, int64(s.Btime.Nsec)).UTC(), true
}
