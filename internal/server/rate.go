package server

import (
	"crypto/sha256"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"github.com/openlaurel/laurel/internal/fault"
)

// generation bounds the memory of the limiter: at most two generations of buckets are kept. Whoever needs more addresses
// than that to get around the limit would get around it anyway.
const generation = 1 << 14

// limiter holds one token bucket for each client address and each recognised token.
type limiter struct {
	rates     Rates
	mu        sync.Mutex
	now, past map[string]*rate.Limiter
}

func newLimiter(r Rates) *limiter {
	return &limiter{rates: r, now: map[string]*rate.Limiter{}}
}

// budget is what a client has left.
type budget struct {
	policy  string
	quota   int
	left    int
	refused bool
	wait    time.Duration // until the next request is taken
}

func (l *limiter) take(policy, key string, now time.Time) (budget, bool) {
	quota := l.rates.Address
	if policy == byToken {
		quota = l.rates.Token
	}
	if quota <= 0 {
		return budget{}, false
	}
	b := l.bucket(policy+" "+key, quota, time.Minute)
	refused := !b.AllowN(now, 1)
	tokens := b.TokensAt(now)
	out := budget{policy: policy, quota: quota, left: max(int(tokens), 0), refused: refused}
	if refused {
		out.wait = time.Duration((1 - tokens) * 60 / float64(quota) * float64(time.Second))
	}
	return out, true
}

// bucket is the one of that key, which holds quota and is filled again within per.
func (l *limiter) bucket(key string, quota int, per time.Duration) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.now[key]; b != nil {
		return b
	}
	b := l.past[key]
	if b == nil {
		b = rate.NewLimiter(rate.Limit(float64(quota)/per.Seconds()), quota)
	}
	if len(l.now) >= generation {
		l.past, l.now = l.now, map[string]*rate.Limiter{}
	}
	l.now[key] = b
	return b
}

// The policies, as RateLimit-Policy names them.
const (
	byAddress = "address"
	byToken   = "token"
)

// ClientKey names the client of a request for bounds on what one client may do: its address, as the trusted proxies tell it.
func ClientKey(g *gin.Context) string { return addressKey(g.ClientIP()) }

// limitRate counts a request against its token when that was recognised a moment ago, else against its address: an
// invented token opens no budget of its own. The headers are those of draft-ietf-httpapi-ratelimit-headers.
func (s *Server) limitRate(g *gin.Context) {
	switch g.FullPath() {
	case "/healthz", "/readyz", "/metrics":
		return
	}
	policy, key := byAddress, ClientKey(g)
	if secret, ok := strings.CutPrefix(g.GetHeader("Authorization"), "Bearer "); ok && s.cfg.Recognised(secret) {
		h := sha256.Sum256([]byte(secret))
		policy, key = byToken, string(h[:16])
	}
	b, on := s.limiter.take(policy, key, s.cfg.Clock())
	if !on {
		return
	}
	reset := int(math.Ceil(float64(b.quota-b.left) * 60 / float64(b.quota)))
	g.Header("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=60", b.policy, b.quota))
	g.Header("RateLimit", fmt.Sprintf("%q;r=%d;t=%d", b.policy, b.left, reset))
	if b.refused {
		seconds := max(int(math.Ceil(b.wait.Seconds())), 1)
		s.Fail(g, fault.New(fault.TooMany, nil, "more than %d requests in a minute", b.quota).Code("limits.rate").
			Hint("wait %d s, then go on slower", seconds).After(time.Duration(seconds)*time.Second))
	}
}

// limitKept counts a request that leaves something behind for long. What all leave has one bound, and without this one client
// could fill it for everybody. A token answers for itself.
func (s *Server) limitKept(g *gin.Context) {
	most := s.cfg.Kept[g.FullPath()]
	if most <= 0 {
		return
	}
	if secret, ok := strings.CutPrefix(g.GetHeader("Authorization"), "Bearer "); ok && s.cfg.Recognised(secret) {
		return
	}
	const day = 24 * time.Hour
	b := s.limiter.bucket("kept "+ClientKey(g), most, day)
	if b.AllowN(s.cfg.Clock(), 1) {
		return
	}
	s.Fail(g, fault.New(fault.TooMany, nil, "more than %d of these in a day", most).Code("limits.kept").
		Hint("go on tomorrow, or with a token").After((day / time.Duration(most)).Round(time.Second)))
}

// addressKey makes one client of an IPv6 /64, which is what one subscriber gets.
func addressKey(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return "?"
	}
	a = a.Unmap()
	if a.Is4() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return "?"
	}
	return p.String()
}
