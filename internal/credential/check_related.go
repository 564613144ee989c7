package credential

import (
	"encoding/base64"
	"strings"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/ijson"
)

// related checks relatedResource: unique ids, each with a digest (VCDM 2.0 §5.3), which must be the right one for the few
// resources whose digests are known here. Nothing is looked up.
func (k *checker) related() {
	v, ok := k.c.Doc.Get("relatedResource")
	if !ok {
		return
	}
	seen := make(map[string]bool)
	for i, e := range v.Items() {
		at := entryAt(v, "/relatedResource", i)
		id := e.Member("id").Text()
		sri, hasSRI := e.Get("digestSRI")
		multibase, hasMultibase := e.Get("digestMultibase")
		switch {
		case e.Kind() != ijson.Object:
			k.malformed(at, "a related resource is an object")
		case !isURL(id):
			k.malformed(at+"/id", "a related resource has a URL as its id")
		case seen[id]:
			k.malformed(at+"/id", "two related resources have the same id")
		case !hasSRI && !hasMultibase:
			k.malformed(at, "a related resource has a digest")
		default:
			if hasSRI {
				k.digests(at+"/digestSRI", id, readSRI(sri))
			}
			if hasMultibase {
				k.digests(at+"/digestMultibase", id, readMultihash(multibase.Text()))
			}
		}
		seen[id] = true
	}
}

// digests compares what a document says about a resource with its published digests, where those are known. One of several
// is enough, as in HTML (Subresource Integrity §3.3.4).
func (k *checker) digests(at, url string, said [][]byte) {
	if len(said) == 0 {
		k.malformed(at, "this is no digest by SHA-256, SHA-384 or SHA-512")
		return
	}
	comparable := false
	for _, p := range published(url) {
		for _, d := range said {
			text := base64.StdEncoding.EncodeToString(d)
			if text == p {
				return
			}
			comparable = comparable || len(text) == len(p)
		}
	}
	if comparable {
		k.wrong("vc.digest", at, "the digest is not that of %.120q", url)
	}
}

// published lists the SHA-256 and SHA-384 digests of the bytes at a context's URL, edition by edition (for VCDM 2.0 those of
// its §B.1). They stand here because package contexts keeps what the contexts say, not their exact bytes.
func published(url string) []string {
	switch url {
	case contexts.CredentialsV2:
		return []string{
			"WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ=",
			"l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU",
		}
	case contexts.CredentialsV1:
		return []string{
			"q03dmlMXWIB6eaW0UFENYa6NFH6rlmzJogDAcJWwzcw=",
			"gsOz6rhjdUu/0rnxfY1tufYRafMBy/CwXh/EvrX1xR3U0uiIwnT0nD+7JAj2H67R",
		}
	case contexts.OpenBadges:
		return []string{
			"PTT01O8bzmkRBuY3mL6157hiuoQUI/XuHlOrfd87yoQ=",
			"xY1z7c0sF+cBmF+RjMjGhEhfLFOZ/73crLPeV0TwkAAPJE5fhyksNTKYrM+w2JTj",
			"7y+px4RtziM8wWa0NjkCcni+TuRPALsdRcdd4t0M12E=",
			"yFn2wAoeABPuecHlzHVmtt+mwolxxGzhqzIhzfuitsbYbmMOVn0DwMeAvC+a1Rek",
		}
	}
	return nil
}

// readSRI reads integrity metadata (Subresource Integrity §3.5); nil when an entry cannot be read.
func readSRI(v ijson.Value) [][]byte {
	var out [][]byte
	for entry := range strings.FieldsSeq(v.Text()) {
		name, text, _ := strings.Cut(entry, "-")
		sum, err := base64.StdEncoding.DecodeString(strings.SplitN(text, "?", 2)[0])
		if size := map[string]int{"sha256": 32, "sha384": 48, "sha512": 64}[name]; err != nil || size == 0 || len(sum) != size {
			return nil
		}
		out = append(out, sum)
	}
	return out
}

// readMultihash reads a digest as multibase of a multihash (Controlled Identifiers v1.0 §2.4 and §2.5): u for base64url, f
// and z are not in use for digests of contexts and are not read.
func readMultihash(s string) [][]byte {
	text, ok := strings.CutPrefix(s, "u")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(raw) < 2 || int(raw[1]) != len(raw)-2 {
		return nil
	}
	if size := map[byte]int{0x12: 32, 0x20: 48, 0x13: 64}[raw[0]]; size != len(raw)-2 {
		return nil
	}
	return [][]byte{raw[2:]}
}
