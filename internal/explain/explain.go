// Package explain owns the closed list of codes that a check, a warning or a refresh can carry, and says which words explain
// each: what it means, and what a person can do next. The words stand in the locale files of package web.
//
// It refuses a code that it does not know. A test of the verifier fails for a code that is missing here, a test of web for words
// that are missing in a language. DESIGN, "The two flows": every check has a stable code and a sentence.
package explain

import (
	"slices"
	"strings"
)

// Explanation names the words for a code.
type Explanation struct {
	Code  string
	Topic string // codes that mean the same to a person share one
	Next  Advice
}

// Advice is what a person can do next.
type Advice string

// The advices.
const (
	Nothing     Advice = "nothing"      // all is well, or nothing was asked
	Original    Advice = "original"     // ask for the original file or the link
	IssuerMends Advice = "issuer_mends" // only the issuer can put it right
	Reject      Advice = "reject"       // do not rely on it
	Later       Advice = "later"        // try again
	Judge       Advice = "judge"        // decide by the domain
	Fresher     Advice = "fresher"      // have the issuer asked
	Newest      Advice = "newest"       // ask for the newest edition
	Present     Advice = "present"      // have it presented once more
	Compare     Advice = "compare"      // check what was typed
	Parts       Advice = "parts"        // look at each part
	Smaller     Advice = "smaller"      // give less
	Operator    Advice = "operator"     // tell who runs this service
	Aware       Advice = "aware"        // keep it in mind
)

// Advices lists the advices.
func Advices() []Advice {
	return []Advice{
		Nothing, Original, IssuerMends, Reject, Later, Judge, Newest, Fresher, Present, Compare,
		Parts, Smaller, Operator, Aware,
	}
}

// Of says which words explain a code. It is false for what is no code of a check, a warning or a refresh.
func Of(code string) (Explanation, bool) {
	for _, g := range groups() {
		if slices.Contains(strings.Fields(g.codes), code) {
			return Explanation{code, g.topic, g.next}, true
		}
	}
	return Explanation{}, false
}

// Codes lists every code, sorted.
func Codes() []string {
	var out []string
	for _, g := range groups() {
		out = append(out, strings.Fields(g.codes)...)
	}
	slices.Sort(out)
	return out
}

// Topics lists the topics of all explanations, sorted.
func Topics() []string {
	var out []string
	for _, g := range groups() {
		out = append(out, g.topic)
	}
	slices.Sort(out)
	return out
}

// group is the codes that mean the same to a person.
type group struct {
	topic string
	next  Advice
	codes string
}

func groups() []group {
	return slices.Concat(ofForm(), ofProof(), ofKeys(), ofLinks(), ofHolder(), ofContent(), ofStatus(), ofTrust(), ofParts(), ofRefresh())
}

func ofForm() []group {
	return []group{
		{"not_reached", Parts, "form.not_reached proof.not_reached binding.not_reached holder.not_reached time.not_reached schema.not_reached " +
			"status.not_reached trust.not_reached subject.not_reached nested.not_reached"},
		{"internal", Operator, "internal"},
		{"form_known", Nothing, "form.ob-jwt form.vc-jwt form.jwt-vc-1.1 form.data-integrity form.sd-jwt form.vc-sd-jwt form.vc-cose form.ob-2.0 form.presentation"},
		{"form_unknown", Original, "form.unknown form.json form.none intake.unsupported"},
		{"empty", Original, "intake.empty"},
		{"nothing_inside", Original, "intake.no_credential image.no_credential image.no_qr pdf.no_credential"},
		{"several_inside", Original, "image.multiple_credentials image.multiple_qr pdf.multiple_credentials"},
		{"damaged_file", Original, "image.malformed image.compressed_credential image.entities pdf.malformed pdf.unsupported"},
		{"locked_file", Original, "pdf.encrypted"},
		{"other_kind", Original, "intake.mismatch"},
		{"link_to_link", Original, "intake.link_to_link"},
		{"damaged_text", Original, "json.duplicate_member json.member_case json.number json.syntax json.trailing json.utf8 cbor.syntax rdf.syntax " +
			"jose.structure jose.encoding cose.structure sdjwt.structure"},
		{"too_big", Smaller, "limits.canonicalization limits.credentials limits.depth limits.digests limits.disclosures limits.inflate limits.keys " +
			"limits.members limits.nested limits.pdf limits.pixels limits.size limits.status limits.status_entries limits.subjects"},
		{"too_many_look_ups", Parts, "limits.look_ups"},
		{"busy", Later, "limits.busy"},
		{"old_edition", Aware, "vc.version_1_1 ob.context_old ob2.version image.ob2_assertion context.edition"},
		{"clock", Operator, "clock.suspect"},
	}
}

func ofProof() []group {
	return []group{
		{"signature_good", Nothing, "proof.ok"},
		{"signature_bad", Reject, "jose.signature cose.signature di.signature"},
		{"unsigned", Reject, "proof.missing"},
		{"method_unsafe", IssuerMends, "jose.alg_not_allowed cose.alg_not_allowed key.weak"},
		{"method_unknown", IssuerMends, "proof.suite_unknown proof.unsupported key.unsupported did.method_unsupported"},
		{"signature_head", IssuerMends, "jose.header_not_allowed jose.crit jose.typ jose.x5c cose.header_not_allowed cose.crit cose.typ"},
		{"proof_malformed", IssuerMends, "proof.malformed proof.pointer"},
		{"proof_purpose", Reject, "proof.purpose key.purpose"},
		{"proof_expired", Newest, "proof.expired"},
		{"proof_other", Aware, "proof.other"},
		{"proof_chain", Reject, "proof.chain"},
		{"proof_hosted", Aware, "proof.hosted"},
		{"claims_differ", Reject, "claims.iss_mismatch claims.jti_mismatch claims.nbf_mismatch claims.exp_mismatch claims.sub_mismatch"},
		{"claims_missing", IssuerMends, "claims.iss_missing claims.jti_missing claims.nbf_missing claims.exp_missing claims.sub_missing"},
		{"disclosed_parts", Reject, "sdjwt.claim sdjwt.clash sdjwt.digest sdjwt.digest_twice sdjwt.disclosure sdjwt.disclosure_twice " +
			"sdjwt.disclosure_unused sdjwt.hash sdjwt.not_disclosable sdjwt.reserved sdjwt.vct"},
	}
}

func ofKeys() []group {
	return []group{
		{"key_fits", Nothing, "binding.ok"},
		{"key_of_address", Aware, "binding.hosted"},
		{"key_of_certificate", Nothing, "binding.x5c"},
		{"key_of_holder", Nothing, "binding.cnf binding.holder"},
		{"key_stranger", Reject, "key.not_bound_to_issuer"},
		{"certificate", Reject, "binding.x5c_host binding.x5c_issuer binding.x5c_untrusted"},
		{"no_issuer", Reject, "binding.no_issuer"},
		{"no_key", Later, "proof.no_key binding.no_key jose.no_key"},
		{"key_malformed", IssuerMends, "key.malformed key.syntax key.alg_mismatch"},
		{"key_leaked", Reject, "key.private_leaked key.compromised"},
		{"key_time", Reject, "key.outside_validity"},
		{"key_withdrawn", Aware, "key.withdrawn"},
		{"issuer_unreachable", Later, "did.unreachable"},
		{"key_given", Judge, "did.given"},
		{"issuer_document", IssuerMends, "did.ambiguous did.malformed did.mismatch did.syntax"},
	}
}

func ofLinks() []group {
	return []group{
		{"link_refused", Original, "fetch.address fetch.port fetch.scheme fetch.redirect"},
		{"link_silent", Later, "fetch.connect fetch.dns fetch.status fetch.timeout fetch.tls"},
		{"link_gone", Original, "fetch.gone"},
		{"offline", Later, "fetch.offline"},
		{"link_content", Original, "fetch.too_large fetch.type"},
	}
}

func ofHolder() []group {
	return []group{
		{"holder_proven", Nothing, "holder.ok holder.subject holder.key"},
		{"holder_not_asked", Nothing, "holder.not_asked holder.not_presented"},
		{"holder_unknown", Present, "holder.not_looked_up holder.not_proven holder.unbound"},
		{"holder_other", Reject, "vp.holder sdjwt.kb_key"},
		{"presentation_other", Present, "vp.nonce vp.aud proof.challenge proof.domain sdjwt.kb_nonce sdjwt.kb_audience sdjwt.kb_hash"},
		{"presentation_time", Present, "vp.time sdjwt.kb_time"},
		{"presentation_fresh", Nothing, "vp.time_ok"},
		{"presentation_malformed", Present, "vp.malformed sdjwt.kb_claim"},
		{"presentation_unsigned", Present, "vp.unsigned sdjwt.kb_missing"},
		{"presentation_inside", Parts, "presentation.inside"},
		{"audience_not_compared", Aware, "vp.aud_not_compared"},
	}
}

func ofContent() []group {
	return []group{
		{"time_good", Nothing, "time.ok"},
		{"time_expired", Newest, "time.expired"},
		{"time_early", Later, "time.not_yet_valid"},
		{"time_malformed", IssuerMends, "time.range time.syntax"},
		{"content_good", Nothing, "schema.ok"},
		{"content_breaks_rules", IssuerMends, "schema.additional schema.contains schema.items schema.name schema.pattern schema.required schema.type schema.value " +
			"vc.ambiguous vc.envelope vc.language vc.malformed vc.version ob.subject"},
		{"content_rules_unknown", Aware, "schema.not_looked_up schema.not_read schema.type_unknown schema.unknown schema.vct_unknown"},
		{"vocabulary_unknown", IssuerMends, "context.unknown context.not_pinned jsonld.unsupported"},
		{"vocabulary_bad", Reject, "context.elsewhere context.inline context.invalid context.iri_name context.keyword DATA_LOSS_DETECTION_ERROR"},
		{"attachment_changed", Reject, "vc.digest"},
		{"ob2_malformed", IssuerMends, "ob2.context ob2.malformed ob2.no_class ob2.required ob2.verification ob2.no_address ob2.nested"},
		{"ob2_differs", Reject, "ob2.differs ob2.id_mismatch"},
		{"ob2_scope", Reject, "ob2.scope"},
		{"subject_match", Nothing, "subject.email subject.id"},
		{"subject_other", Compare, "subject.mismatch"},
		{"subject_not_asked", Nothing, "subject.not_asked"},
		{"name_confusable", Aware, "display.confusable"},
		{"issuer_unnamed", Aware, "issuer.unnamed"},
	}
}

func ofStatus() []group {
	return []group{
		{"status_clear", Nothing, "status.clear"},
		{"status_none", Aware, "status.none"},
		{"status_not_looked_up", Judge, "status.not_looked_up"},
		{"status_revoked", Reject, "status.revoked ob2.revoked"},
		{"status_suspended", Later, "status.suspended"},
		{"status_stale", Later, "status.stale"},
		{"status_list_bad", IssuerMends, "status.malformed status.malformed_list status.id_mismatch status.issuer_mismatch status.list_unproven status.index " +
			"status.size status.token_bits status.type status.type_unknown status.empty " +
			"STATUS_LIST_LENGTH_ERROR STATUS_VERIFICATION_ERROR MALFORMED_VALUE_ERROR RANGE_ERROR"},
		{"status_unreachable", Later, "STATUS_RETRIEVAL_ERROR"},
		{"status_rollback", Later, "status.rollback"},
		{"status_history", Aware, "status.history"},
		{"status_memory", Operator, "status.memory"},
		{"status_message", IssuerMends, "status.message"},
		{"status_flag", Aware, "status.flag"},
		{"status_old_list", Aware, "status.old_list"},
		{"status_unsigned", Aware, "status.list_unsigned"},
	}
}

func ofTrust() []group {
	return []group{
		{"trust_listed", Nothing, "trust.ok"},
		{"trust_delegated", Nothing, "trust.delegated"},
		{"trust_nobody", Judge, "trust.unknown_issuer"},
		{"trust_scope", Judge, "trust.type_not_allowed trust.framework_not_allowed"},
		{"trust_period", Judge, "trust.not_yet trust.ended"},
		{"trust_key", Reject, "trust.key_refused"},
		{"trust_list", Operator, "trust.list trust.list_unavailable trust.subject_mismatch"},
		{"trust_not_proven", Reject, "trust.not_proven"},
		{"trust_successor", Aware, "trust.successor"},
		{"trust_doubt", Operator, "trust.lookalike trust.same_name trust.type_unknown"},
		{"policy_loose", Aware, "policy.any_issuer_unsafe policy.any_presenter_unsafe policy.endorsements_unsafe"},
	}
}

func ofParts() []group {
	return []group{
		{"nested_none", Nothing, "nested.none"},
		{"nested_listed", Parts, "nested.listed"},
		{"nested_not_looked_up", Aware, "nested.not_looked_up nested.ob2 nested.waived"},
		{"endorsement_bad", Aware, "endorsement.invalid endorsement.undecided endorsement.subject endorsement.type"},
		{"record_holds", Nothing, "record.all_hold"},
		{"record_part", Parts, "record.not_all_hold record.member record.member_invalid record.member_undecided record.member_twice"},
		{"record_subject", Parts, "record.subject"},
		{"record_association", Aware, "record.association"},
		{"request_unmet", Present, "request.format request.unknown_query"},
		{"request_achievement", Present, "request.achievement"},
		{"request_issuer", Present, "request.issuer"},
		{"request_since", Present, "request.since"},
		{"request_type", Present, "request.type"},
		{"request_extra", Present, "request.extra"},
		{"request_nothing", Present, "request.nothing"},
		{"request_cross_device", Aware, "request.cross_device"},
		{"request_without_state", Aware, "request.without_state"},
		{"request_older_proof", Aware, "request.ed25519_signature_2020 request.proof_type"},
	}
}

func ofRefresh() []group {
	return []group{
		{"refresh_none", Nothing, "refresh.none"},
		{"refresh_not_asked", Fresher, "refresh.not_asked"},
		{"refresh_newer", Nothing, "refresh.newer"},
		{"refresh_not_newer", Nothing, "refresh.not_newer refresh.not_yet_valid"},
		{"refresh_not_looked_up", Judge, "refresh.not_looked_up"},
		{"refresh_failed", Later, "refresh.failed"},
		{"refresh_other", Aware, "refresh.id_mismatch refresh.issuer_mismatch refresh.no_credential refresh.unproven"},
	}
}
