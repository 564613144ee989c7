// Package sdjwt owns the securing form sd-jwt: SD-JWT (RFC 9901) in its compact form, with or without a key binding JWT,
// as SD-JWT VC (typ dc+sd-jwt, formerly vc+sd-jwt) and as VCDM 2.0 documents (typ vc+sd-jwt and vp+sd-jwt, VC-JOSE-COSE
// §3.2).
//
// It refuses what RFC 9901 §7.1 refuses and what that leaves open: a disclosure that nothing refers to or that stands
// twice, a digest that stands twice, a disclosed name that is already there or that is reserved, a validity claim that a
// holder could leave out, encodings that are not strict, header members outside a closed list, and whatever exceeds its
// bounds. Nothing that Read returns has been verified until Verify says so.
package sdjwt
