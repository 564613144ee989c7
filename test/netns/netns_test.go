// Package netns_test proves the address filter with a real network: a network namespace of its own in which every address
// answers, so that a connection that should not be made would be made.
//
// The test starts itself again inside a new namespace (unshare, from util-linux). There the loopback device holds all the
// addresses, one listener takes every connection to the ports under test, and the real command line is asked to open links.
package netns_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openlaurel/laurel/test/laureltest"
	"github.com/openlaurel/laurel/test/npmtest"
)

// inside tells the second start of the test where it is; its value is the path of the binary.
const inside = "NETNS_TEST_BINARY"

// open is an address that is public by its number. Nothing outside the namespace can be reached from it.
const (
	open  = "45.45.45.45"
	open6 = "2a00:45::45"
)

// closed are addresses that must never be connected to, one of each network that threat N01 names.
func closed() []string {
	return []string{
		"127.0.0.1", "127.0.0.77", "10.1.2.3", "172.16.9.9", "192.168.4.4", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200",
		"192.0.0.8", "198.18.0.1", "::1", "fd00::5", "fd00:ec2::254", "fec0::1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2001:2::1",
	}
}

// names are hosts of /etc/hosts in the namespace: what a stranger's DNS would say.
func names() map[string]string {
	return map[string]string{
		"inner.example": "10.1.2.3", "meta.example": "169.254.169.254", "self.example": "127.0.0.77", "six.example": "fd00::5",
		"nat64.example": "64:ff9b::7f00:1", "metadata.google.internal": "169.254.169.254",
	}
}

func TestTheFilterInARealNetwork(t *testing.T) {
	if binary := os.Getenv(inside); binary != "" {
		walk(t, binary)
		return
	}
	args := []string{"--net", "--mount"}
	if os.Getuid() != 0 {
		args = append(args, "--map-root-user")
	}
	if out, err := exec.CommandContext(t.Context(), "unshare", append(args, "ip", "link", "set", "lo", "up")...).CombinedOutput(); err != nil {
		npmtest.Missing(t, fmt.Sprintf("no network namespace can be made here (unshare, iproute2): %v %s", err, out))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "unshare", append(args, os.Args[0], "-test.run=^TestTheFilterInARealNetwork$", "-test.v")...)
	cmd.Env = append(os.Environ(), inside+"="+laureltest.Build(t))
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestTheFilterInARealNetwork")) {
		t.Fatalf("inside the namespace: %v\n%s", err, out)
	}
}

// walk runs inside the namespace.
func walk(t *testing.T, binary string) {
	ip(t, "link", "set", "lo", "up")
	for _, a := range append(closed(), open, open6) {
		if addr := netip.MustParseAddr(a); !addr.IsLoopback() {
			ip(t, "addr", "add", netip.PrefixFrom(addr, addr.BitLen()).String(), "dev", "lo", "nodad")
		}
	}
	hosts(t)
	seen := listen(t, "443", "80")

	for _, host := range []string{open, "[" + open6 + "]"} {
		_, said := verify(t, binary, "https://"+host+"/badge")
		if n := seen.take(t); n == 0 {
			t.Fatalf("the public address %s was not connected to: this test would prove nothing\n%s", host, said)
		}
	}
	for _, link := range links() {
		code, said := verify(t, binary, link)
		if n := seen.take(t); n != 0 {
			t.Errorf("%s: %d connections", link, n)
		}
		if code == 0 || strings.HasPrefix(said, "VALID") {
			t.Errorf("%s: exit code %d, %.80q", link, code, said)
		}
	}
	verify(t, binary, "https://"+open+"/badge", "--offline")
	if n := seen.take(t); n != 0 {
		t.Errorf("--offline: %d connections", n)
	}
	verify(t, binary, "http://10.1.2.3:80/badge", "--fetch-allow", "10.1.0.0/16")
	if n := seen.take(t); n == 0 {
		t.Error("a network that the operator opened was not reached")
	}
	if _, said := verify(t, binary, "http://169.254.169.254/latest", "--fetch-allow", "169.254.0.0/16"); seen.take(t) != 0 {
		t.Errorf("a wide allowed network opened the metadata address: %s", said)
	}
}

// links are badge links to every closed address, by number and by name, and the other ways to write this machine's own.
func links() []string {
	var out []string
	for _, a := range closed() {
		host := a
		if strings.Contains(a, ":") {
			host = "[" + a + "]"
		}
		out = append(out, "https://"+host+"/badge", "http://"+host+"/badge")
	}
	for name := range names() {
		out = append(out, "https://"+name+"/badge")
	}
	for _, host := range []string{"127.1", "0x7f000001", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]", "[::ffff:a01:203]", "0.0.0.0", "[::]", "localhost", "localhost."} {
		out = append(out, "https://"+host+"/badge")
	}
	return append(out, "http://"+open+"/badge", "https://"+open+":80/badge")
}

func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// hosts gives the namespace a file of names of its own; the mount ends with it.
func hosts(t *testing.T) {
	t.Helper()
	text := "127.0.0.1 localhost\n"
	for name, addr := range names() {
		text += addr + " " + name + "\n"
	}
	file := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "mount", "--bind", file, "/etc/hosts").CombinedOutput(); err != nil {
		t.Fatalf("names of the namespace: %v\n%s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "/etc/hosts").Run() })
	found, err := net.DefaultResolver.LookupHost(t.Context(), "inner.example")
	if err != nil || len(found) != 1 || found[0] != "10.1.2.3" {
		t.Fatalf("names of the namespace: %v, %v", found, err)
	}
}

// canary counts connections.
type canary struct {
	ports []string
	mu    sync.Mutex
	n     int
}

// take returns how many connections were made since the last call. Connections are taken in the order in which they come, so
// one of its own to each port, seen to be counted, stands behind all that came before.
func (c *canary) take(t *testing.T) int {
	t.Helper()
	for _, port := range c.ports {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", port), 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Fatal("the listener does not close what it has counted")
		}
		_ = conn.Close()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.n - len(c.ports)
	c.n = 0
	return n
}

// listen takes connections to any address of the namespace at those ports, and closes each.
func listen(t *testing.T, ports ...string) *canary {
	t.Helper()
	c := &canary{ports: ports}
	for _, port := range ports {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", ":"+port)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				c.mu.Lock()
				c.n++
				c.mu.Unlock()
				_ = conn.Close()
			}
		}()
	}
	return c
}

// verify runs the real command line on a link and returns its exit code and what it printed.
func verify(t *testing.T, binary, link string, flags ...string) (code int, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, append([]string{"verify", link, "--data", filepath.Join(t.TempDir(), "none")}, flags...)...)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatalf("laurel verify %s: %v", link, err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}
