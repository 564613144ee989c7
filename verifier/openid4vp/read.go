package openid4vp

import (
	"net/url"
	"strings"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/ijson"
	"github.com/openlaurel/laurel/verifier"
	"github.com/openlaurel/laurel/verifier/request"
)

// parameters are what a wallet posts, decrypted.
type parameters struct {
	state      string
	failure    string // error of OAuth
	token      ijson.Value
	compact    string      // vp_token of a draft that is one signed text
	submission ijson.Value // presentation_submission of the drafts
}

// parameters reads the form of an answer. One that came in clear though it was to be encrypted is refused, and so is the reverse.
func (a *API) parameters(r request.Request, form url.Values) (parameters, error) {
	if r.Encrypted != form.Has("response") && !form.Has("error") {
		return parameters{}, fault.New(fault.Invalid, nil, "the answer is not sent in the way that was asked for").Code("request.response_mode")
	}
	if form.Has("response") {
		if !r.Encrypted || len(form) > 1 {
			return parameters{}, fault.New(fault.Invalid, nil, "the answer is not sent in the way that was asked for").Code("request.response_mode")
		}
		return a.decrypted(r, form.Get("response"))
	}
	p := parameters{state: form.Get("state"), failure: failure(form.Get("error"))}
	if p.failure != "" {
		return p, nil
	}
	if !form.Has("vp_token") {
		return p, fault.New(fault.Invalid, nil, "there is no vp_token").Code("request.vp_token")
	}
	var err error
	text := form.Get("vp_token")
	if r.Dialect == request.Legacy {
		if p.submission, err = object([]byte(form.Get("presentation_submission"))); err != nil {
			return p, err
		}
		if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
			p.compact = text
			return p, nil
		}
		if p.token, err = ijson.Parse([]byte(text), ijson.Bounds{}); err != nil {
			return p, fault.New(fault.Invalid, err, "the vp_token is not JSON").Code("request.json")
		}
		return p, nil
	}
	p.token, err = object([]byte(text))
	return p, err
}

func (a *API) decrypted(r request.Request, compact string) (parameters, error) {
	key, err := a.encryptionKey(r.ID)
	if err != nil {
		return parameters{}, err
	}
	doc, err := key.open(compact)
	if err != nil {
		return parameters{}, err
	}
	p := parameters{state: doc.Member("state").Text(), failure: failure(doc.Member("error").Text()), token: doc.Member("vp_token")}
	if p.failure == "" && p.token.Kind() != ijson.Object {
		return p, fault.New(fault.Invalid, nil, "there is no vp_token").Code("request.vp_token")
	}
	return p, nil
}

// failure is the code of an error response; only its shape is believed.
func failure(code string) string {
	if len(code) > 64 || strings.ContainsFunc(code, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' }) {
		return "invalid_request"
	}
	return code
}

// presented takes the presentations out of the answer. Answers under a name that was not asked, several for one question, or
// for several questions where one was to be answered, are unmet.
func (p parameters) presented(r request.Request) ([]request.Presented, []verifier.Warning, error) {
	if r.Dialect == request.Legacy {
		return p.submitted(r)
	}
	var out []request.Presented
	var unmet []verifier.Warning
	for _, m := range p.token.Members() {
		f, ok := formatOf(r, m.Name)
		if !ok {
			unmet = append(unmet, verifier.Warning{Code: "request.unknown_query", Detail: "The wallet answered a question that was not asked."})
			continue
		}
		if m.Value.Kind() != ijson.Array {
			return nil, nil, fault.New(fault.Invalid, nil, "each member of vp_token is an array of presentations").Code("request.vp_token")
		}
		for _, v := range m.Value.Elems() {
			one, err := presentation(f, v)
			if err != nil {
				return nil, nil, err
			}
			out = append(out, one)
		}
	}
	return out, unmet, nil
}

func presentation(f request.Format, v ijson.Value) (request.Presented, error) {
	switch v.Kind() {
	case ijson.String:
		return request.Presented{Format: f, Bytes: []byte(v.Text())}, nil
	case ijson.Object:
		return request.Presented{Format: f, Bytes: ijson.Append(nil, v)}, nil
	}
	return request.Presented{}, fault.New(fault.Invalid, nil, "a presentation is a text or an object").Code("request.vp_token")
}

// submitted reads the answer of the drafts, by its presentation submission.
func (p parameters) submitted(r request.Request) ([]request.Presented, []verifier.Warning, error) {
	if p.submission.Member("definition_id").Text() != r.ID {
		return nil, nil, fault.New(fault.Invalid, nil, "the submission is for another definition").Code("request.submission")
	}
	parts := p.submission.Member("descriptor_map").Elems()
	if len(parts) != 1 {
		return nil, []verifier.Warning{{Code: "request.extra", Detail: "The wallet did not submit exactly one badge."}}, nil
	}
	f, ok := formatOf(r, parts[0].Member("id").Text())
	if !ok {
		return nil, []verifier.Warning{{Code: "request.unknown_query", Detail: "The wallet answered a question that was not asked."}}, nil
	}
	if p.compact != "" {
		return []request.Presented{{Format: f, Bytes: []byte(p.compact)}}, nil, nil
	}
	list := p.token.Items()
	if len(list) != 1 {
		return nil, []verifier.Warning{{Code: "request.extra", Detail: "The wallet presented more than was asked for."}}, nil
	}
	one, err := presentation(f, list[0])
	return []request.Presented{one}, nil, err
}
