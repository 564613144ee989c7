package ledger

import (
	"os"
	"syscall"
	"time"
)

// inode is the number of a file, and when it was last changed in any way.
func inode(info os.FileInfo) (number uint64, changed time.Time, known bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, time.Time{}, false
	}
	return s.Ino, time.Unix(s.Ctim.Unix()), true
}
