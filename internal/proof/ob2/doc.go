// Package ob2 owns Open Badges 2.0, for reading only: assertions, signed or hosted, and the documents that they lead to: the
// BadgeClass, the Profile of the issuer, its CryptographicKey and its RevocationList (Open Badges 2.0, "Data Classes").
//
// It refuses what is no I-JSON, documents that are not what the address that names them says, keys that the issuer does not
// list or does not own, and assertions outside of what the issuer's profile says is its own. It fetches nothing and decides
// nothing about trust. Open Badges 1.x is not read.
package ob2
