package verifier

import (
	"context"
	"slices"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier/intake"
)

// Copy says which copy of a credential a Result is about.
type Copy string

// The copies.
const (
	CopyPresented Copy = "presented" // what was handed over
	CopyNewer     Copy = "newer"     // what its issuer keeps at the address of its refresh service
)

// Refresh says what came of the refresh service of a credential, for a policy that asks.
type Refresh struct {
	Judged Copy   `json:"judged"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	URL    string `json:"url,omitempty"`
}

// refreshType is the one kind of refresh service that is asked: a plain GET answers with the newer credential (Open Badges 3.0,
// "1EdTechCredentialRefresh").
const refreshType = "1EdTechCredentialRefresh"

// refreshed looks once for a newer copy of a credential that was verified, and returns the Result of the copy that counts. What is
// handed over counts unless the newer one is proven to be the same credential, by the same issuer, of a later date. The refresh
// service of the newer copy is not asked (threat K18).
func (r *run) refreshed(ctx context.Context) Result {
	if r.cred == nil {
		return r.result()
	}
	url := r.refreshService()
	if url == "" {
		return r.kept("refresh.none", "", "The credential names no address where a newer copy could be.")
	}
	if !r.mayLookUp() {
		return r.kept("refresh.not_looked_up", url, "No newer copy was looked for, because the credential does not hold or nobody you trust vouches for its issuer.")
	}
	if !r.mayAsk(ctx, url) {
		return r.kept("limits.look_ups", url, "No newer copy was looked for: "+r.notAsked(url).Detail)
	}
	item, err := r.v.newer(ctx, url)
	if err != nil {
		return r.kept("refresh.failed", url, "No newer copy could be had: "+fault.AsDefect(err).Detail)
	}
	in := r.v.start(Policy{At: r.policy.At, Recipient: r.policy.Recipient, Waive: r.policy.Waive})
	in.asked = r.asked
	in.out.SHA256 = digest(item)
	in.run(ctx, item)
	if code, why := r.notTheSame(in); code != "" {
		r.warn(code, url, why)
		return r.kept(code, url, why)
	}
	in.out.Refresh = &Refresh{CopyNewer, "refresh.newer", "The issuer keeps a newer copy, which was judged in the place of the one that was handed over.", url}
	return in.result()
}

// refreshService is the address where a newer copy may be had, or "".
func (r *run) refreshService() string {
	for _, s := range r.cred.Doc.Member("refreshService").Items() {
		if slices.Contains(s.Member("type").Texts(), refreshType) {
			return s.Member("id").Text()
		}
	}
	return ""
}

// RefreshNotAsked is the code of a refresh that the policy did not ask for, though there is an address where a newer copy may be.
const RefreshNotAsked = "refresh.not_asked"

// offered is the Result of what was handed over. It names the address of a newer copy where one could be asked for it.
func (r *run) offered() Result {
	if r.cred != nil {
		if url := r.refreshService(); url != "" && r.mayLookUp() {
			return r.kept(RefreshNotAsked, url, "The issuer may keep a newer copy. It was not asked for, because nobody wanted that.")
		}
	}
	return r.result()
}

// kept is the Result of what was handed over.
func (r *run) kept(code, url, detail string) Result {
	r.out.Refresh = &Refresh{CopyPresented, code, detail, url}
	return r.result()
}

// newer gets what stands at the address of a refresh service.
func (v *Verifier) newer(ctx context.Context, url string) (intake.Item, error) {
	res, err := v.fetch.Get(ctx, url, accepted)
	if err != nil {
		return intake.Item{}, err
	}
	item, link, err := v.read(ctx, res.Body, intake.Hint{ContentType: res.ContentType})
	if err == nil && (link != "" || item.Presentation) {
		err = fault.Wrong("refresh.no_credential", url, "what stands at its address is no credential.")
	}
	item.URL = url
	return item, err
}

// notTheSame says why another credential is no newer copy of this one, or "" when it is.
func (r *run) notTheSame(in *run) (code, why string) {
	switch {
	case in.cred == nil:
		return "refresh.unproven", "What stands at the address for a newer copy cannot be read. It counts for nothing."
	case in.cred.IssuerID != r.cred.IssuerID:
		return "refresh.issuer_mismatch", "What stands at the address for a newer copy is another issuer's. It counts for nothing."
	case in.cred.ID != r.cred.ID || r.cred.ID == "":
		return "refresh.id_mismatch", "What stands at the address for a newer copy is another credential. It counts for nothing."
	case !in.mayLookUp() || in.outcome(CheckForm) != Pass:
		return "refresh.unproven", "That the issuer signed what stands at the address for a newer copy is not proven. It counts for nothing."
	case !in.cred.From.After(r.cred.From):
		return "refresh.not_newer", "The copy at the address for a newer one is no newer."
	case r.at.Before(in.cred.From):
		return "refresh.not_yet_valid", "The newer copy is not valid yet, so the one that was handed over was judged."
	}
	return "", ""
}
