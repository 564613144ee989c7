package verifier_test

import (
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/test/corpus"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/intake"
	"github.com/openlaurel/laurel/verifier/verifiertest"
)

// samples is every file of the folder: form, outcome of the signature check, verdict under the default policy and under the
// compatible one. No issuer of these samples can be asked for its keys here, so no key is bound to one and no sample may be
// valid, whoever signed it.
var samples = map[string]string{
	"bit-string-list/credential-status-revoked-blank-nodes.json": "data-integrity pass invalid invalid",
	"bit-string-list/credential-status-revoked.json":             "data-integrity pass invalid invalid",
	"bit-string-list/testlist":                                   "data-integrity pass undecided undecided",
	"complete.json":                                              "data-integrity pass undecided undecided",
	"complete_v1.json":                                           "data-integrity unknown invalid invalid",
	"credential-status-revoked.json":                             "data-integrity pass undecided undecided",
	"endorsement-err-schema-status-refresh.json":                 "data-integrity fail invalid invalid",
	"endorsement-valid.json":                                     "data-integrity pass undecided undecided",
	"sd/derivedcredential.json":                                  "data-integrity pass undecided undecided",
	"simple-context-alias.json":                                  "data-integrity pass undecided undecided",
	"simple-context-version.json":                                "data-integrity pass undecided undecided",
	"simple-did-key-method.json":                                 "data-integrity pass invalid invalid",
	"simple-did-web-method.json":                                 "data-integrity pass undecided undecided",
	"simple-eddsa-2022.json":                                     "data-integrity pass undecided undecided",
	"simple-err-context.json":                                    "data-integrity unknown invalid invalid",
	"simple-err-credential-subject-achievement-result-description-type.json": "data-integrity fail invalid invalid",
	"simple-err-credential-subject-identifier-type.json":                     "data-integrity fail invalid invalid",
	"simple-err-credential-subject-profile-type.json":                        "data-integrity fail invalid invalid",
	"simple-err-credential-subject-result-type.json":                         "data-integrity fail invalid invalid",
	"simple-err-credential-subject-type.json":                                "data-integrity fail invalid invalid",
	"simple-err-evidence-type.json":                                          "data-integrity fail invalid invalid",
	"simple-err-expired.json":                                                "data-integrity pass invalid invalid",
	"simple-err-issued.json":                                                 "data-integrity pass invalid invalid",
	"simple-err-issuer-otheridentifier-type.json":                            "data-integrity fail invalid invalid",
	"simple-err-issuer-parentorg-type.json":                                  "data-integrity fail invalid invalid",
	"simple-err-issuer-type.json":                                            "data-integrity fail invalid invalid",
	"simple-err-issuer.json":                                                 "data-integrity unknown invalid invalid",
	"simple-err-proof-method-no-scheme.json":                                 "data-integrity fail invalid invalid",
	"simple-err-proof-method-unknown-did-method.json":                        "data-integrity unknown invalid invalid",
	"simple-err-proof-method-unknown-scheme.json":                            "data-integrity unknown invalid invalid",
	"simple-err-proof-method.json":                                           "data-integrity unknown undecided undecided",
	"simple-err-proof-value.json":                                            "data-integrity fail invalid invalid",
	"simple-err-type.json":                                                   "data-integrity fail invalid invalid",
	"simple-json.png":                                                        "data-integrity pass undecided undecided",
	"simple-json.svg":                                                        "data-integrity pass undecided undecided",
	"simple-jwt.png":                                                         "ob-jwt pass invalid undecided",
	"simple-jwt.svg":                                                         "ob-jwt pass invalid undecided",
	"simple-jwt_v1.png":                                                      "jwt-vc-1.1 pass invalid undecided",
	"simple-jwt_v1.svg":                                                      "jwt-vc-1.1 pass invalid undecided",
	"simple-multiple-proofs.json":                                            "data-integrity pass undecided undecided",
	"simple-noproof.json":                                                    "none fail invalid invalid",
	"simple.1ob":                                                             "data-integrity pass undecided undecided",
	"simple.json":                                                            "data-integrity pass undecided undecided",
	"simple.jwt":                                                             "jwt-vc-1.1 unknown invalid invalid",
	"simple_v1.json":                                                         "data-integrity pass undecided undecided",
	"velocity.jwt":                                                           "jwt-vc-1.1 unknown invalid invalid",
}

// TestOfficialSamples: what the corpus says about the signature of each sample, and the verdict that follows by our rules.
func TestOfficialSamples(t *testing.T) {
	dir := corpus.Folder(t, "1edtech", "ob30")
	got := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		w := verifiertest.NewWorld(t)
		in := verifier.Input{File: data, FileName: filepath.Base(path)}
		strict := w.Verifier().Check(t.Context(), in, verifier.Policy{})
		lax := w.Verifier().Check(t.Context(), in, verifier.Policy{Waive: verifier.MissingClaims})
		allChecks(t, strict)
		allChecks(t, lax)
		got[filepath.ToSlash(name)] = string(strict.Form) + " " + string(strict.Check(verifier.CheckProof).Outcome) + " " + string(strict.Verdict) + " " + string(lax.Verdict)
		if strict.Verdict == verifier.Valid || lax.Verdict == verifier.Valid || strict.Issuer != nil && strict.Issuer.Domain != "" {
			t.Errorf("%s: valid, or with a domain, although nobody vouches for the issuer", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 46 {
		t.Errorf("%d samples, want 46", len(got))
	}
	if d := cmp.Diff(samples, got); d != "" {
		t.Error(d)
	}
}

// TestSamplesOfAnIssuerThatCanBeAsked: the samples that carry their key become valid when the issuer's own host shows that
// key, somebody vouches for the issuer and the policy lets missing claims go; and not when the host shows another key.
func TestSamplesOfAnIssuerThatCanBeAsked(t *testing.T) {
	dir := corpus.Folder(t, "1edtech", "ob30")
	for _, name := range []string{"simple-jwt.png", "simple-jwt.svg", "simple-jwt_v1.png", "simple-jwt_v1.svg"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			item, _, err := intake.Read(data, intake.Hint{FileName: name})
			if err != nil {
				t.Fatal(err)
			}
			head, err := base64.RawURLEncoding.DecodeString(strings.Split(string(item.Bytes), ".")[0])
			if err != nil {
				t.Fatal(err)
			}
			jwk := verifiertest.Parse(string(head))["jwk"]
			w := verifiertest.NewWorld(t)
			lax := verifier.Policy{Waive: verifier.MissingClaims}
			id := w.Verifier().Verify(t.Context(), item, lax).Issuer.ID
			host := strings.Split(id, "/")[2]
			w.Trusting(t, id)
			w.Web.Put("https://"+host+"/.well-known/jwks.json", "application/json", verifiertest.Doc{"keys": []any{jwk}}.Text())
			r := w.Verifier().Verify(t.Context(), item, lax)
			look(t, r, ok())
			if r.Issuer.Domain != host {
				t.Errorf("domain %q, want %q", r.Issuer.Domain, host)
			}
			look(t, w.Verifier().Verify(t.Context(), item, verifier.Policy{}), refused(verifier.CheckForm, "claims.sub_missing"))
			w.Web.Put("https://"+host+"/.well-known/jwks.json", "application/json", string(w.School.Document().With("/keys", []any{}).Text()))
			look(t, w.Verifier().Verify(t.Context(), item, lax), refused(verifier.CheckBinding, "key.not_bound_to_issuer"))
		})
	}
}
