package keys_test

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/openlaurel/laurel/internal/keys"
)

// TestBase58AgainstDivision compares with division by 58, one digit at a time.
func TestBase58AgainstDivision(t *testing.T) {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	r := rand.New(rand.NewPCG(5, 8))
	for range 3000 {
		src := make([]byte, r.IntN(100))
		for i := range src {
			src[i] = byte(r.Uint32() * (r.Uint32() & 1))
		}
		want, n := "", new(big.Int).SetBytes(src)
		for digit := new(big.Int); n.Sign() > 0; {
			n.DivMod(n, big.NewInt(58), digit)
			want = alphabet[digit.Int64():digit.Int64()+1] + want
		}
		for i := 0; i < len(src) && src[i] == 0; i++ {
			want = "1" + want
		}
		got := keys.EncodeBase58(src)
		if got != want {
			t.Fatalf("%x became %s, want %s", src, got, want)
		}
		if back, ok := keys.DecodeBase58(got); !ok || !bytes.Equal(back, src) {
			t.Fatalf("%s became %x, want %x", got, back, src)
		}
	}
	for _, bad := range []string{"0", "11111111111O", "zI", "l", "ä", "1 1"} {
		if _, ok := keys.DecodeBase58(bad); ok {
			t.Errorf("%q is taken", bad)
		}
	}
}
