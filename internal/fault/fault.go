// Package fault owns the kinds of error that a caller can act on.
//
// A fault carries a kind, a stable code, a sentence that a stranger may read, the place in the input, and a hidden
// cause. What is not a fault is an internal error: nothing of it is shown outside. The package refuses to guess: an
// error without a kind is Internal, never something friendlier.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what a caller can do about an error. It maps to one HTTP status and one exit code.
type Kind uint8

// The kinds, from the caller's point of view.
const (
	Internal     Kind = iota // our own fault; nothing is said outside
	Invalid                  // the request is wrong; correct it
	Unauthorized             // no or a wrong credential for this service
	Forbidden                // known caller, not allowed
	NotFound                 // no such thing, or not for this caller
	Conflict                 // contradicts what is stored
	Gone                     // was there, is over
	TooLarge                 // over a limit of internal/limits
	Unsupported              // a media type or form that is not taken
	TooMany                  // slow down
	Unavailable              // try again later; nothing was done
)

// Error is a fault. Construct it with New.
type Error struct {
	kind     Kind
	code     string
	pointer  string
	hint     string
	sentence string
	after    time.Duration
	cause    error
}

// New makes a fault of kind with a sentence that a stranger may read. cause may be nil and is never shown outside.
func New(kind Kind, cause error, format string, args ...any) *Error {
	return &Error{kind: kind, cause: cause, sentence: fmt.Sprintf(format, args...)}
}

// Code returns a copy of e with a stable machine-readable code, such as "award.conflict".
func (e *Error) Code(code string) *Error { c := *e; c.code = code; return &c }

// At returns a copy of e that names the place in the input as a JSON pointer (RFC 6901).
func (e *Error) At(pointer string) *Error { c := *e; c.pointer = pointer; return &c }

// Hint returns a copy of e with the next step that the caller can take.
func (e *Error) Hint(format string, args ...any) *Error {
	c := *e
	c.hint = fmt.Sprintf(format, args...)
	return &c
}

// After returns a copy of e that says how long to wait before the same request is worth another try.
func (e *Error) After(d time.Duration) *Error { c := *e; c.after = d; return &c }

// Error gives the sentence and the hidden cause; it is for logs, not for strangers.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.sentence
	}
	return e.sentence + ": " + e.cause.Error()
}

// Unwrap returns the hidden cause.
func (e *Error) Unwrap() error { return e.cause }

// Public is what may be shown outside.
type Public struct {
	Kind     Kind
	Code     string // stable, such as "award.conflict"; empty for an internal error
	Sentence string
	Pointer  string        // JSON pointer into the request, or empty
	Hint     string        // the next step, or empty
	After    time.Duration // when another try is worth it; zero: not said
}

// Describe returns what may be shown of err. An error that is no fault is Internal with a sentence that says nothing.
func Describe(err error) Public {
	var e *Error
	if !errors.As(err, &e) || e.kind == Internal {
		return Public{Kind: Internal, Sentence: "Something went wrong on our side."}
	}
	return Public{Kind: e.kind, Code: e.code, Sentence: e.sentence, Pointer: e.pointer, Hint: e.hint, After: e.after}
}

// KindOf returns the kind of err; Internal for an error that is no fault.
func KindOf(err error) Kind { return Describe(err).Kind }

// Is reports whether err is a fault of kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Defect is what is wrong with a document that somebody presented, or why that could not be found out. It is data of a
// verdict, not a fault of a request: checks turn it into an outcome.
type Defect struct {
	Code    string // stable, such as "jose.signature"
	At      string // JSON pointer into the document, a URL that was looked at, or empty
	Detail  string // a sentence for people
	Unknown bool   // we could not look, as opposed to: it is wrong
	Cause   error  // hidden
}

// Error gives code, place and sentence.
func (d *Defect) Error() string {
	if d.At == "" {
		return d.Code + ": " + d.Detail
	}
	return d.Code + " at " + d.At + ": " + d.Detail
}

// Unwrap returns the hidden cause.
func (d *Defect) Unwrap() error { return d.Cause }

// Wrong makes a Defect for something that is wrong with the document.
func Wrong(code, at, format string, args ...any) *Defect {
	return &Defect{Code: code, At: at, Detail: fmt.Sprintf(format, args...)}
}

// Unclear makes a Defect for something that could not be found out.
func Unclear(code, at string, cause error, format string, args ...any) *Defect {
	return &Defect{Code: code, At: at, Detail: fmt.Sprintf(format, args...), Unknown: true, Cause: cause}
}

// AsDefect returns the Defect in err's chain. An error that is none becomes an Unclear one with code "internal".
func AsDefect(err error) *Defect {
	var d *Defect
	if errors.As(err, &d) {
		return d
	}
	return Unclear("internal", "", err, "this could not be checked because of a fault of ours")
}
