package credential

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/openlaurel/laurel/contexts"
	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/keys"
)

// related checks relatedResource: unique ids, each with a digest (VCDM 2.0 §5.3), which must be the right one for the few
// resources whose digests are known here. Nothing is looked up.
func (k *checker) related() {
	v, ok := k.c.Doc.Get("relatedResource")
	if !ok {
		return
	}
	if len(v.Items()) == 0 || v.Kind() == ijson.Null {
		k.malformed("/relatedResource", "a related resource is an object")
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
		if media, ok := e.Get("mediaType"); ok && !media.IsString() {
			k.malformed(at+"/mediaType", "a media type is a text")
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
	digests, editions := published(url)
	for _, p := range digests {
		for _, d := range said {
			text := base64.StdEncoding.EncodeToString(d)
			if text == p {
				return
			}
			comparable = comparable || len(text) == len(p)
		}
	}
	switch {
	case comparable && editions == someEditions:
		k.out = append(k.out, fault.Unclear("vc.digest", at, nil, "the digest is none of those known for %.120q", url))
	case comparable:
		k.wrong("vc.digest", at, "the digest is not that of %.120q", url)
	}
}

// editionsKnown says whether the digests of every state of a resource are known.
type editionsKnown uint8

const (
	allEditions editionsKnown = iota
	someEditions
)

// published lists the SHA-256 and SHA-384 digests of the bytes at a context's URL, edition by edition (for VCDM 2.0 those of
// its §B.1). They stand here because package contexts keeps what the contexts say, not their exact bytes. The addresses of
// Open Badges before 3.0.3 had other bytes while they were drafts, and the newest bytes of 3.0.3 are not at hand.
func published(url string) (digests []string, known editionsKnown) {
	switch url {
	case contexts.CredentialsV2:
		return []string{
			"WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ=",
			"l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU",
		}, allEditions
	case contexts.CredentialsV1:
		return []string{
			"q03dmlMXWIB6eaW0UFENYa6NFH6rlmzJogDAcJWwzcw=",
			"gsOz6rhjdUu/0rnxfY1tufYRafMBy/CwXh/EvrX1xR3U0uiIwnT0nD+7JAj2H67R",
		}, allEditions
	case contexts.OpenBadges300:
		return []string{
			"sHf6E02QnZLB3NHBU/KvGyRK60FZZ/3BRn1/xd1IrBA=",
			"zHcVdFeEExngWrDZZX/hRBUKYmwfD9icDmOfWNRo7bVRNZfZ8URZMQyG7GuXW3TM",
		}, someEditions
	case contexts.OpenBadges301:
		return []string{
			"1YLzVkKC+ztwkTbShBLnjnC2eLTbwvAiH2fYSTJ0g1U=",
			"QQ5NeMjyNs1GuL/RbZrkmNrh/E7r7w72eb2CG4f8MzTZb2tYXd4iZHGnuizJNnGV",
		}, someEditions
	case contexts.OpenBadges302:
		return []string{
			"AGZq0IC6QHaH7RhGt/XnSV9QGQQrICpyfeR8SKF1XFM=",
			"fgAKnHG+zBOzWVYEcNTRsA+NFUygUsVM3SDH3muHr1r8gqotLlcalL/3YrkVXqh0",
		}, someEditions
	case contexts.OpenBadges:
		return []string{
			"PTT01O8bzmkRBuY3mL6157hiuoQUI/XuHlOrfd87yoQ=",
			"xY1z7c0sF+cBmF+RjMjGhEhfLFOZ/73crLPeV0TwkAAPJE5fhyksNTKYrM+w2JTj",
			"7y+px4RtziM8wWa0NjkCcni+TuRPALsdRcdd4t0M12E=",
			"yFn2wAoeABPuecHlzHVmtt+mwolxxGzhqzIhzfuitsbYbmMOVn0DwMeAvC+a1Rek",
		}, someEditions
	}
	return nil, someEditions
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

// readMultihash reads a digest as multibase of a multihash (Controlled Identifiers v1.0 §2.4 and §2.5): u for base64url and
// z for base58, which that document has, and f for hexadecimal, which the multihash tools print.
func readMultihash(s string) [][]byte {
	if len(s) < 2 || len(s) > 256 {
		return nil
	}
	var raw []byte
	var err error
	ok := true
	switch s[0] {
	case 'u':
		raw, err = base64.RawURLEncoding.Strict().DecodeString(s[1:])
	case 'z':
		raw, ok = keys.DecodeBase58(s[1:])
	case 'f':
		raw, err = hex.DecodeString(s[1:])
	default:
		return nil
	}
	if err != nil || !ok || len(raw) < 2 || int(raw[1]) != len(raw)-2 {
		return nil
	}
	if size := map[byte]int{0x12: 32, 0x20: 48, 0x13: 64}[raw[0]]; size != len(raw)-2 {
		return nil
	}
	return [][]byte{raw[2:]}
}
