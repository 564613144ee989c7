package dataintegrity

import "github.com/openlaurel/laurel/internal/keys"

// proofText bounds a proof value, because base58 takes quadratic time: 96 bytes are 132 characters.
const proofText = 160

// encodeMultibase writes multibase base58-btc.
func encodeMultibase(src []byte) string { return "z" + keys.EncodeBase58(src) }

// decodeMultibase reads multibase base58-btc of at most proofText characters.
func decodeMultibase(s string) ([]byte, bool) {
	if len(s) < 2 || len(s) > proofText || s[0] != 'z' {
		return nil, false
	}
	return keys.DecodeBase58(s[1:])
}
