package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/proof"
	"github.com/openlaurel/laurel/issuer"
)

// papers remembers what it was asked for, and has one record, one endorsement and one attachment of issuer a.
type papers struct {
	record   issuer.RecordRequest
	endorse  issuer.EndorseRequest
	filter   issuer.StatementFilter
	attached string
	revoked  string
	detached string
	replayed bool
}

func paper(id string) issuer.Statement {
	kind := issuer.LearnerRecord
	if strings.HasPrefix(id, "end_") || id == "" {
		kind = issuer.Endorsement
	}
	if strings.HasPrefix(id, "vcr_") {
		kind = issuer.Written
	}
	return issuer.Statement{
		ID: id, Kind: kind, IssuerID: "iss_a", Name: "Transcript", About: "urn:uuid:1", Awards: []string{"awd_1"}, Form: proof.OBJWT,
		CreatedAt: moment, Signed: []byte("eyJ.e30.AA"),
	}
}

func (p *papers) Record(_ context.Context, r issuer.RecordRequest) (issuer.Statement, bool, error) {
	p.record = r
	return paper("rec_1"), p.replayed, nil
}

func (p *papers) Endorse(_ context.Context, r issuer.EndorseRequest) (issuer.Statement, bool, error) {
	p.endorse = r
	return paper("end_1"), p.replayed, nil
}

func (p *papers) Statement(_ context.Context, id string) (issuer.Statement, error) {
	switch id {
	case "rec_1", "end_1", "vcr_1":
		return paper(id), nil
	case "ach_a": // what the examples of the document are sent to
		next := map[string]string{"": "rec_1", "rec_1": "end_1", "end_1": "vcr_1"}
		return paper(next[p.revoked]), nil
	}
	return issuer.Statement{}, fault.New(fault.NotFound, nil, "there is none")
}

func (p *papers) Statements(_ context.Context, f issuer.StatementFilter) ([]issuer.Statement, string, error) {
	p.filter = f
	x := paper("rec_1")
	x.Signed = nil
	return []issuer.Statement{x}, "more", nil
}

func (p *papers) RevokeStatement(_ context.Context, id string, step issuer.Step) (issuer.Statement, error) {
	p.revoked = id
	x := paper(id)
	x.Revocation = &issuer.Revocation{At: moment, Reason: step.Reason, Code: step.Code, By: step.Actor}
	return x, nil
}

func (p *papers) StatementURL(x issuer.Statement) string {
	return "https://a.example/" + string(x.Kind) + "s/1"
}

func (p *papers) Attach(_ context.Context, signed []byte, _ string, may func(string) error) (issuer.Attachment, error) {
	if err := may("iss_a"); err != nil {
		return issuer.Attachment{}, err
	}
	p.attached = string(signed)
	return issuer.Attachment{ID: "att_1", IssuerID: "iss_a", Target: "did:web:a.example", By: "did:web:b.example", Name: "Endorsement", CreatedAt: moment}, nil
}

func (p *papers) Attachments(context.Context, string) ([]issuer.Attachment, error) {
	return []issuer.Attachment{{ID: "att_1", IssuerID: "iss_a"}, {ID: "att_2", IssuerID: "iss_b"}}, nil
}

func (p *papers) Attachment(_ context.Context, id string) (issuer.Attachment, error) {
	if id != "att_1" {
		return issuer.Attachment{}, fault.New(fault.NotFound, nil, "there is none").Code("attachment.not_found")
	}
	return issuer.Attachment{ID: id, IssuerID: "iss_a"}, nil
}

func (p *papers) Detach(_ context.Context, id, _ string) error {
	p.detached = id
	return nil
}

func TestARecordIsMadeFromEverythingThatTheRequestSays(t *testing.T) {
	r := newRig(t)
	w := r.call("award", "POST", "/api/v1/records", `{"issuer":"a","awards":["awd_1","awd_2"],"name":"Transcript","description":"All.","partial":true,
"associations":[{"type":"isPartOf","source":"awd_1","target":"first-aid"}],"form":"data-integrity","cryptosuite":"eddsa-jcs-2022","alg":"EdDSA","external_id":"x"}`)
	out := object(t, w, http.StatusCreated)
	yes := true
	want := issuer.RecordRequest{
		IssuerRef: "iss_a", Awards: []string{"awd_1", "awd_2"}, Name: "Transcript", Description: "All.", Partial: &yes, ExternalID: "x", Actor: r.ids["award"],
		Associations: []issuer.Association{{Type: "isPartOf", Source: "awd_1", Target: "first-aid"}},
		As:           issuer.As{Form: "data-integrity", Cryptosuite: "eddsa-jcs-2022", Alg: "EdDSA"},
	}
	if diff := cmp.Diff(want, r.papers.record); diff != "" {
		t.Error(diff)
	}
	if out["signed"] != "eyJ.e30.AA" || out["png_url"] != "https://a.example/records/1.png" || w.Header().Get("Location") != "https://a.example/api/v1/records/rec_1" {
		t.Errorf("%v, %v", out, w.Header())
	}
	r.papers.replayed = true
	if w = r.call("award", "POST", "/api/v1/records", `{"issuer":"a","recipient":{"email":"amal@example.org","id":"did:example:a"}}`); w.Code != 200 || w.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("again: %d", w.Code)
	}
	if got := r.papers.record.Recipient; got != (issuer.Recipient{Email: "amal@example.org", ID: "did:example:a"}) {
		t.Errorf("recipient %+v", got)
	}
}

func TestAnEndorsementIsMadeFromEverythingThatTheRequestSays(t *testing.T) {
	r := newRig(t)
	out := object(t, r.call("award", "POST", "/api/v1/endorsements", `{"issuer":"a","achievement":"first-aid","version":2,"profile":"b","credential":"c",
"of":"urn:x","name":"n","comment":"Good.","expires_at":"2027-01-31T09:00:00Z","form":"vc-jwt","external_id":"x"}`), http.StatusCreated)
	want := issuer.EndorseRequest{
		IssuerRef: "iss_a", Achievement: "first-aid", Version: 2, Profile: "b", Credential: "c", Of: "urn:x", Name: "n", Comment: "Good.",
		ExpiresAt: moment.AddDate(1, 0, 0).Add(-2e9), As: issuer.As{Form: "vc-jwt"}, ExternalID: "x", Actor: r.ids["award"],
	}
	if diff := cmp.Diff(want, r.papers.endorse); diff != "" {
		t.Error(diff)
	}
	if _, baked := out["png_url"]; baked {
		t.Error("an endorsement is offered as a picture")
	}
	wantProblem(t, r.call("award", "POST", "/api/v1/endorsements", `{"issuer":"a","of":"urn:x","expires_at":"soon"}`), 400, "time.syntax", "/expires_at")
}

func TestStatementsAreListedReadAndRevoked(t *testing.T) {
	r := newRig(t)
	out := object(t, r.call("read", "GET", "/api/v1/records?issuer=a&about=urn:uuid:1&limit=1&cursor=c", ""), http.StatusOK)
	want := issuer.StatementFilter{Kind: issuer.LearnerRecord, IssuerID: "iss_a", About: "urn:uuid:1", Limit: 1, Cursor: "c"}
	if diff := cmp.Diff(want, r.papers.filter); diff != "" || out["next"] != "more" {
		t.Error(diff, out)
	}
	if out = object(t, r.call("read", "GET", "/api/v1/endorsements/end_1", ""), http.StatusOK); out["id"] != "end_1" {
		t.Error(out)
	}
	for _, kind := range []string{"records/rec_1", "endorsements/end_1"} {
		out = object(t, r.call("revoke", "POST", "/api/v1/"+kind+"/revocation", `{"reason":"r"}`), http.StatusOK)
		if out["status"] != "revoked" || !strings.HasSuffix(kind, r.papers.revoked) {
			t.Errorf("%s: %v", kind, out)
		}
	}
}

func TestStatementsThatAreRefused(t *testing.T) {
	r := newRig(t)
	for _, row := range []struct {
		token, method, target, body string
		status                      int
		code, pointer               string
	}{
		{"", "POST", "/api/v1/records", `{}`, 401, "token.missing", ""},
		{"read", "POST", "/api/v1/records", `{}`, 403, "token.scope", ""},
		{"award-a", "POST", "/api/v1/records", `{"issuer":"b"}`, 403, "token.issuer", ""},
		{"award", "POST", "/api/v1/records", `{"issuer":"nobody"}`, 400, "issuer.unknown", "/issuer"},
		{"award", "POST", "/api/v1/records", `{"issuer":"a","associations":[{"type":"isBetterThan","source":"a","target":"b"}]}`, 400, "json.value", "/associations/0/type"},
		{"award", "POST", "/api/v1/records", `{"issuer":"a","associations":[{"type":"isPartOf","source":"a"}]}`, 400, "json.member_missing", "/associations/0/target"},
		{"award", "POST", "/api/v1/records", `{"issuer":"a","form":"jwt-vc-1.1"}`, 400, "json.value", "/form"},
		{"award", "POST", "/api/v1/records", `{"issuer":"a","Form":"ob-jwt"}`, 400, "json.member_case", "/Form"},
		{"read", "GET", "/api/v1/records/end_1", "", 404, "statement.not_found", ""},
		{"read", "GET", "/api/v1/endorsements/rec_1", "", 404, "statement.not_found", ""},
		{"read-b", "GET", "/api/v1/records/rec_1", "", 404, "statement.not_found", ""},
		{"read", "GET", "/api/v1/records/rec_2", "", 404, "statement.not_found", ""},
		{"revoke-b", "POST", "/api/v1/records/rec_1/revocation", `{"reason":"r"}`, 404, "statement.not_found", ""},
		{"award", "POST", "/api/v1/records/rec_1/revocation", `{"reason":"r"}`, 403, "token.scope", ""},
		{"read", "GET", "/api/v1/records?limit=201", "", 400, "query.value", ""},
		{"read", "GET", "/api/v1/records?name=x", "", 400, "query.unknown", ""},
		{"read", "POST", "/api/v1/attachments", `{"endorsement":"x"}`, 403, "token.scope", ""},
		{"award", "POST", "/api/v1/attachments", `{}`, 400, "json.member_missing", "/endorsement"},
		{"read", "GET", "/api/v1/attachments", "", 400, "query.value", ""},
		{"award", "DELETE", "/api/v1/attachments/att_2", "", 404, "attachment.not_found", ""},
	} {
		w := r.call(row.token, row.method, row.target, row.body)
		wantProblem(t, w, row.status, row.code, row.pointer)
	}
	if r.papers.revoked != "" || r.papers.attached != "" || r.papers.detached != "" || r.papers.record.Actor != "" {
		t.Errorf("the core was asked: %+v", r.papers)
	}
}

func TestAttachmentsOverTheAPI(t *testing.T) {
	r := newRig(t)
	out := object(t, r.call("award-a", "POST", "/api/v1/attachments", `{"endorsement":"eyJ.e30.AA"}`), http.StatusCreated)
	if out["id"] != "att_1" || r.papers.attached != "eyJ.e30.AA" {
		t.Error(out, r.papers.attached)
	}
	out = object(t, r.call("read-b", "GET", "/api/v1/attachments?target=did:web:a.example", ""), http.StatusOK)
	if items, ok := out["items"].([]any); !ok || len(items) != 1 {
		t.Errorf("a token of one issuer sees %v", out["items"])
	}
	if w := r.call("award-a", "DELETE", "/api/v1/attachments/att_1", ""); w.Code != http.StatusNoContent || r.papers.detached != "att_1" {
		t.Errorf("%d, %q", w.Code, r.papers.detached)
	}
}
