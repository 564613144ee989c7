package wallet

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// purpose keeps sealed values of one use from being taken for another.
type purpose byte

const (
	forCode purpose = iota + 1
	forNonce
	forChallenge
	forState         // issuer_state
	forPush          // a pushed authorisation request
	forAuthorization // an authorisation code
	forKeyNonce      // a nonce of DPoP, which is good more than once
)

// Sizes of a sealed value: purpose, end, 128 random bits, content, 128 bits of HMAC-SHA-256.
const (
	sealedHead = 1 + 8 + 16
	sealedMAC  = 16
	sealedMost = 256 // characters
	pushedMost = 4096
)

// seal writes a value that only this deployment can make, good until end.
func (s *Service) seal(p purpose, end time.Time, content []byte) (string, error) {
	b := make([]byte, sealedHead, sealedHead+len(content)+sealedMAC)
	b[0] = byte(p)
	binary.BigEndian.PutUint64(b[1:], uint64(end.Unix())) //nolint:gosec // never before 1970
	if _, err := io.ReadFull(s.c.Rand, b[9:sealedHead]); err != nil {
		return "", fmt.Errorf("random source: %w", err)
	}
	b = append(b, content...)
	return base64.RawURLEncoding.EncodeToString(append(b, s.mac(b)...)), nil
}

// unseal returns what seal sealed for that purpose, until when it is good, and whether it is one of ours. Whether it has ended
// is for the caller to say.
func (s *Service) unseal(p purpose, text string) (content []byte, end time.Time, ok bool) {
	most := sealedMost
	if p == forPush {
		most = pushedMost
	}
	if len(text) > most {
		return nil, end, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < sealedHead+sealedMAC || base64.RawURLEncoding.EncodeToString(b) != text {
		return nil, end, false
	}
	b, mac := b[:len(b)-sealedMAC], b[len(b)-sealedMAC:]
	if !hmac.Equal(mac, s.mac(b)) || purpose(b[0]) != p {
		return nil, end, false
	}
	return b[sealedHead:], time.Unix(int64(binary.BigEndian.Uint64(b[1:9])), 0), true //nolint:gosec // we wrote it
}

func (s *Service) mac(b []byte) []byte {
	m := hmac.New(sha256.New, s.c.Secret)
	_, _ = m.Write([]byte("wallet 1:"))
	_, _ = m.Write(b)
	return m.Sum(nil)[:sealedMAC]
}

// digest is what is stored of a secret.
func digest(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
