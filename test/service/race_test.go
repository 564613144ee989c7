//go:build race

package service_test

// raced is whether the tests, and so the binary under test, run with the race detector.
const raced = true
