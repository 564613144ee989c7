package main

import (
	"os"
	"runtime/debug"
)

// gcPercent is how much a server may allocate, in percent of what it holds, before memory is collected. It holds a few
// megabytes, so that collecting at their double would cost a tenth of the time of an award; this costs some ten megabytes.
const gcPercent = 400

// softMemory is from where on a server collects as often as it takes to stay there. Two large pictures that are looked at in the
// same moment hold some 250 MiB, of which gcPercent alone would make more than a gigabyte.
const softMemory = 384 << 20

// collectSeldom sets gcPercent and softMemory, unless the operator has set GOGC or GOMEMLIMIT.
func collectSeldom() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
