package vcapi

import (
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/problem"
	"github.com/openlaurel/laurel/verifier"
)

// Answer is the body of a verification response. Checks names what was checked and found good; Results lists every check
// with its outcome, also what was not looked at.
type Answer struct {
	Verified    bool             `json:"verified"`
	Checks      []string         `json:"checks"`
	Results     []verifier.Check `json:"results"`
	Credentials []Answer         `json:"credentialResults,omitempty"` // those of a presentation
	Warnings    []Problem        `json:"warnings"`
	Errors      []Problem        `json:"errors"`
}

// Problem is one error or warning (RFC 9457 without a status).
type Problem struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Detail  string `json:"detail"`
	Code    string `json:"code"`
	Pointer string `json:"pointer,omitempty"`
}

// set writes the outcome of a check. The first one that is no pass stays.
func (a *Answer) set(c verifier.Check) {
	for i := range a.Results {
		if a.Results[i].ID == c.ID {
			if a.Results[i].Outcome == verifier.Pass {
				a.Results[i] = c
			}
			return
		}
	}
	a.Results = append(a.Results, c)
}

func (a *Answer) pass(id verifier.CheckID, detail string) {
	a.set(verifier.Check{ID: id, Outcome: verifier.Pass, Code: string(id) + ".ok", Detail: detail})
}

// fail writes a defect: unknown when it could not be found out.
func (a *Answer) fail(id verifier.CheckID, err error) {
	d := fault.AsDefect(err)
	outcome := verifier.Fail
	if d.Unknown {
		outcome = verifier.Unknown
	}
	a.set(verifier.Check{ID: id, Outcome: outcome, Code: d.Code, Detail: d.Detail, At: d.At})
}

// skip says that something was not looked at, and warns of it.
func (a *Answer) skip(id verifier.CheckID, code, detail string) {
	a.set(verifier.Check{ID: id, Outcome: verifier.Skipped, Code: code, Detail: detail})
	a.Warnings = append(a.Warnings, aProblem(code, detail, ""))
}

// close draws the conclusion: verified is what has a good proof and nothing that fails or could not be found out.
func (a Answer) close() Answer {
	a.Checks, a.Errors = []string{}, []Problem{}
	if a.Warnings == nil {
		a.Warnings = []Problem{}
	}
	proven := false
	for _, r := range a.Results {
		switch r.Outcome {
		case verifier.Pass:
			a.Checks = append(a.Checks, string(r.ID))
			proven = proven || r.ID == verifier.CheckProof
		case verifier.Fail, verifier.Unknown:
			a.Errors = append(a.Errors, aProblem(r.Code, r.Detail, r.At))
		}
	}
	for _, c := range a.Credentials {
		a.Errors = append(a.Errors, c.Errors...)
	}
	a.Verified = proven && len(a.Errors) == 0
	return a
}

func aProblem(code, detail, at string) Problem {
	return Problem{Type: problem.TypeBase + code, Title: code, Detail: detail, Code: code, Pointer: at}
}

// refusal is the answer to what is no request.
func refusal(err error) Answer {
	var a Answer
	a.fail(verifier.CheckForm, err)
	return a.close()
}

// translated is a Result in the form of the VC-API.
func translated(r verifier.Result) Answer {
	a := Answer{Results: r.Checks}
	for _, w := range r.Warnings {
		a.Warnings = append(a.Warnings, aProblem(w.Code, w.Detail, w.At))
	}
	out := a.close()
	out.Verified = r.Verdict == verifier.Valid
	if out.Verified {
		out.Warnings = append(out.Warnings, out.Errors...) // what the policy lets go
		out.Errors = []Problem{}
	}
	return out
}
