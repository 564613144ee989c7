package ecdsasd_test

import (
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/internal/jsonld"
	"github.com/openlaurel/laurel/internal/keys"
	"github.com/openlaurel/laurel/internal/proof/ecdsasd"
	"github.com/openlaurel/laurel/test/corpus"
)

// steps compares the files of one vector with what we make at that step, and counts them.
type steps struct {
	*testing.T
	dir  string
	seen int
}

// want reads a member of a file of the vector, or all of it, into a value like got, and compares.
func (s *steps) want(file, member string, got any) {
	s.Helper()
	s.seen++
	text := json.RawMessage(read(s, s.dir, file))
	if member != "" {
		var m map[string]json.RawMessage
		if err := json.Unmarshal(text, &m); err != nil {
			s.Fatal(err)
		}
		text = m[member]
	}
	var want, have any
	if err := json.Unmarshal(text, &want); err != nil {
		s.Fatalf("%s %s: %v", file, member, err)
	}
	if m, ok := want.(map[string]any); ok && m["dataType"] == "Map" {
		want = m["value"]
	}
	again, err := json.Marshal(got)
	if err != nil {
		s.Fatal(err)
	}
	if err := json.Unmarshal(again, &have); err != nil {
		s.Fatal(err)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		s.Errorf("%s %s: %s", file, member, diff)
	}
}

func hexes(all [][]byte) []string {
	out := make([]string, len(all))
	for i, b := range all {
		out[i] = hex.EncodeToString(b)
	}
	return out
}

// numbered are the lines at indexes, or at all others, as pairs.
func numbered(lines []string, indexes []int, chosen bool) [][2]any {
	var out [][2]any
	for i, l := range lines {
		if slices.Contains(indexes, i) == chosen {
			out = append(out, [2]any{i, l})
		}
	}
	return out
}

// pairs are the labels of nodes in the order of their canonical ones.
func pairs(m map[string]string) [][2]string {
	out := make([][2]string, 0, len(m))
	for from, to := range m {
		out = append(out, [2]string{from, to})
	}
	slices.SortFunc(out, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return out
}

// TestEveryStep compares the intermediate values of both vectors of ecdsa-sd-2023: transformation, hashes, what the base proof holds,
// what is disclosed, and what the verifier makes of it.
func TestEveryStep(t *testing.T) {
	root := corpus.Folder(t, "w3c", "vc-di-ecdsa")
	hmacKey, err := hex.DecodeString(load(t, root, "ecdsa-sd-2023", "SDKeyMaterial.json").Member("hmacKeyString").Text())
	if err != nil {
		t.Fatal(err)
	}
	for folder, names := range map[string][2]string{
		"prc": {"prCredMandatory.json", "prCredSelective.json"}, "employ": {"employMandatory.json", "employSelective.json"},
	} {
		t.Run(folder, func(t *testing.T) {
			s := &steps{T: t, dir: filepath.Join(root, "ecdsa-sd-2023", folder)}
			mandatory, selective := strs(load(t, root, names[0])), strs(load(t, root, names[1]))
			s.issuing(hmacKey, mandatory)
			s.deriving(hmacKey, mandatory, selective)
			s.verifying()
			if s.seen != 38 {
				t.Errorf("%d values compared", s.seen)
			}
		})
	}
}

func (s *steps) issuing(hmacKey []byte, mandatory []string) {
	signed := load(s, s.dir, "addSignedSDBase.json")
	quads, err := jsonld.ToRDF(signed, jsonld.Omit("proof"), jsonld.Inline())
	if err != nil {
		s.Fatal(err)
	}
	c, err := jsonld.CanonicalizeCredential(quads, jsonld.SHA256)
	if err != nil {
		s.Fatal(err)
	}
	s.want("addBaseDocCanon.json", "", c.Lines)
	lines, must, err := ecdsasd.Lines(signed, hmacKey, mandatory, jsonld.Inline())
	if err != nil {
		s.Fatal(err)
	}
	s.want("addBaseTransform.json", "mandatoryPointers", mandatory)
	s.want("addBaseTransform.json", "mandatory", numbered(lines, must, true))
	s.want("addBaseTransform.json", "nonMandatory", numbered(lines, must, false))
	s.want("addBaseTransform.json", "hmacKeyString", strings.ToUpper(hex.EncodeToString(hmacKey)))
	for _, p := range load(s, s.dir, "addPointerValues.json").Elems() {
		if !slices.Contains(mandatory, p.Member("pointer").Text()) {
			s.Errorf("%s is not mandatory", p.Member("pointer").Text())
		}
	}

	config := load(s, s.dir, "addProofConfig.json")
	if quads, err = jsonld.ToRDF(config, jsonld.Inline()); err != nil {
		s.Fatal(err)
	}
	if c, err = jsonld.CanonicalizeCredential(quads, jsonld.SHA256); err != nil {
		s.Fatal(err)
	}
	if got, want := strings.TrimSpace(c.String()), strings.TrimSpace(read(s, s.dir, "addProofConfigCanon.txt")); got != want {
		s.Errorf("the canonical proof is %s, want %s", got, want)
	}
	for _, file := range []string{"addRawBaseSignatureInfo.json", "derivedRecoveredBaseData.json"} {
		held := s.hold(signed)
		s.want(file, "baseSignature", hex.EncodeToString(held.Signature))
		s.want(file, "signatures", hexes(held.Signatures))
		s.want(file, "mandatoryPointers", held.Pointers)
		if file[0] == 'a' {
			s.want(file, "publicKey", multikey(held.Public))
		} else {
			s.want(file, "proofPublicKey", multikey(held.Public))
			s.want(file, "hmacKey", hex.EncodeToString(held.HMAC))
		}
	}
}

func (s *steps) hold(doc ijson.Value) ecdsasd.Held {
	held, err := ecdsasd.Hold(doc.Member("proof").Member("proofValue").Text())
	if err != nil {
		s.Fatal(err)
	}
	return held
}

func multikey(raw []byte) string { return "z" + keys.EncodeBase58(raw) }

func (s *steps) deriving(hmacKey []byte, mandatory, selective []string) {
	signed := load(s, s.dir, "addSignedSDBase.json")
	shown, err := ecdsasd.Derive(signed, selective, jsonld.Inline())
	if err != nil {
		s.Fatal(err)
	}
	derived := s.hold(parse(s, string(shown)))
	s.want("derivedAdjMandatoryIndexes.json", "adjMandatoryIndexes", derived.Indexes)
	s.want("derivedAdjSignatures.json", "filteredSignatures", hexes(derived.Signatures))
	for _, file := range []string{"derivedDisclosureData.json", "verifyDerivedProofValue.json"} {
		s.want(file, "baseSignature", hex.EncodeToString(derived.Signature))
		s.want(file, "publicKey", multikey(derived.Public))
		s.want(file, "signatures", hexes(derived.Signatures))
		s.want(file, "labelMap", pairs(derived.Labels))
		s.want(file, "mandatoryIndexes", derived.Indexes)
	}
	var groups struct {
		Groups map[string]struct{ Matching, NonMatching struct{ Value [][2]any } }
	}
	if err := json.Unmarshal([]byte(read(s, s.dir, "derivedAllGroupData.json")), &groups); err != nil {
		s.Fatal(err)
	}
	for name, pointers := range map[string][]string{
		"mandatory": mandatory, "selective": selective, "combined": slices.Concat(mandatory, selective),
	} {
		lines, chosen, err := ecdsasd.Lines(signed, hmacKey, pointers, jsonld.Inline())
		if err != nil {
			s.Fatal(err)
		}
		for matching, want := range map[bool][][2]any{true: groups.Groups[name].Matching.Value, false: groups.Groups[name].NonMatching.Value} {
			got := numbered(lines, chosen, matching)
			for i := range got {
				got[i][0] = float64(got[i][0].(int))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				s.Errorf("the group %s, matching %v: %s", name, matching, diff)
			}
			s.seen++
		}
	}
}

func (s *steps) verifying() {
	doc := load(s, s.dir, "derivedRevealDocument.json")
	lines, must, rest, config, err := ecdsasd.Checked(doc, doc.Member("proof"), jsonld.Inline())
	if err != nil {
		s.Fatal(err)
	}
	s.want("verifyNQuads.json", "", lines)
	s.want("addHashData.json", "proofHash", hex.EncodeToString(config))
	s.want("addHashData.json", "mandatoryHash", hex.EncodeToString(must))
	s.want("verifyCreateVerifyData.json", "proofHash", hex.EncodeToString(config))
	s.want("verifyCreateVerifyData.json", "mandatoryHash", hex.EncodeToString(must))
	s.want("verifyCreateVerifyData.json", "nonMandatory", rest)
}
