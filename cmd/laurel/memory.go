package main

import (
	"os"
	"runtime/debug"
)

// gcPercent is how much a server may allocate, in percent of what it holds, before memory is collected. It holds a few
// megabytes, so that collecting at their double would cost a tenth of the time of an award; this costs some ten megabytes.
const gcPercent = 400

// collectSeldom sets gcPercent, unless the operator has set GOGC.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
