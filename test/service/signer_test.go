package service_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/openlaurel/laurel/test/signertest"
)

func signerScenarios() []scenario {
	return []scenario{
		{"a remote signer that goes down: 503, nothing stored, no index used twice, and issuing goes on by itself", remoteSigner},
	}
}

func remoteSigner(t *testing.T, w *world) {
	s := signertest.Start(t, signertest.Config{ClientCertificates: true})
	ca, token, certificate := s.Files(t, t.TempDir())
	own := newWorld(t, w.databases)
	sealed := own.signed(t, own.award(t, nil))
	own.running.stop(t)
	own.environment = append(own.environment, "LAUREL_SIGNER_URL="+s.URL, "LAUREL_SIGNER_CA="+ca, "LAUREL_SIGNER_TOKEN_FILE="+token,
		"LAUREL_SIGNER_CERTIFICATE="+certificate)
	own.start(t)
	out := own.must(t, "keys", "rotate", "--issuer", own.school.ID, "--signer", "remote", "--now")
	if strings.Count(out, "held by remote") != 3 {
		t.Fatalf("it says %s", out)
	}
	held := own.keys(t)["active"][0].ID
	eventually(t, "the signer's key signs", func() bool { return signer(t, own.signed(t, own.award(t, nil))) == held })
	before := own.award(t, nil)
	for name, jws := range map[string][]byte{"by the key in the database": sealed, "by the key of the signer": own.signed(t, before)} {
		if r := own.everywhere(t, jws); r.Verdict != "valid" {
			t.Errorf("%s: %+v", name, r.Checks)
		}
	}

	stored := own.count(t)
	s.Stop()
	request := own.request(nil)
	for range 3 {
		if p := own.call(t, "POST /api/v1/awards", request).want(t, http.StatusServiceUnavailable).problem(t); p.Code != "signer.unavailable" {
			t.Errorf("the problem is %+v", p)
		}
	}
	if n := own.count(t); n != stored {
		t.Errorf("%d awards are stored, %d before", n, stored)
	}
	if r := own.verify(t, map[string]string{"credential": string(sealed)}); r.check("proof").Outcome != "pass" {
		t.Errorf("verifying while the signer is down: %+v", r.Checks)
	}

	s.Resume(t)
	var again award
	own.call(t, "POST /api/v1/awards", request).want(t, http.StatusCreated).into(t, &again)
	after := own.award(t, nil)
	seen := map[entry]bool{}
	for _, a := range []award{before, again, after} {
		e := own.entry(t, a)
		if seen[e] {
			t.Errorf("the index %+v is used twice", e)
		}
		seen[e] = true
		if r := own.everywhere(t, own.signed(t, a)); r.Verdict != "valid" || signer(t, own.signed(t, a)) != held {
			t.Errorf("afterwards: %+v", r.Checks)
		}
	}
	own.must(t, "log", "verify")

	s.Spoil()
	if p := own.call(t, "POST /api/v1/awards", own.request(nil)).want(t, http.StatusServiceUnavailable).problem(t); p.Code != "signer.wrong" {
		t.Errorf("a signer that signs something else: %+v", p)
	}
}
