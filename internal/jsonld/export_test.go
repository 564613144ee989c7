package jsonld

// WorkLimit and CredentialLimit are the bounds on steps of work.
const (
	WorkLimit       = workLimit
	CredentialLimit = credentialLimit
)

// Work returns how many steps of work were spent on the labels of quads under a limit, and whether it was enough.
func Work(quads []Quad, h Hash, limit int) (steps int, enough bool) {
	c := newCanonicalizer(quads, h)
	c.limit = limit
	c.firstDegrees()
	err := c.label()
	return c.work, err == nil
}
