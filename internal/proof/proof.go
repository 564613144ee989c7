// Package proof names the securing forms: how the same credential content is signed. Each form has a package below.
//
// Forms are explicit: a reader says which one it found from the outer shape alone, and never tries one after another.
package proof

// Form is a securing form.
type Form string

// The securing forms.
const (
	OBJWT         Form = "ob-jwt"         // OB 3.0 VC-JWT: VCDM 2.0 members at the top level, typ JWT
	VCJWT         Form = "vc-jwt"         // VC-JOSE-COSE: typ vc+jwt
	JWTVC11       Form = "jwt-vc-1.1"     // VCDM 1.1 in a "vc" claim
	DataIntegrity Form = "data-integrity" // embedded proof
	SDJWT         Form = "sd-jwt"         // SD-JWT VC: typ dc+sd-jwt, a vct
	VCSDJWT       Form = "vc-sd-jwt"      // VC-JOSE-COSE: a VCDM 2.0 document as SD-JWT, typ vc+sd-jwt
	VCCOSE        Form = "vc-cose"        // VC-JOSE-COSE: COSE_Sign1, application/vc+cose
	OB2           Form = "ob-2.0"         // Open Badges 2.0, read only: signed JWS or hosted assertion
	None          Form = "none"           // JSON without any proof
	Unknown       Form = "unknown"        // nothing that we read
)
