package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/verifier/receipt"
)

// testReceipts: a receipt is found as it was stored, no more are kept than may, and it is forgotten in time.
func testReceipts(t *testing.T, f *Fixture) {
	far := Start().Add(200 * 24 * time.Hour) // beside what other tests store
	make1 := func() receipt.Stored {
		return receipt.Stored{Hash: []byte(f.ID("")), JWS: []byte("a.b.c'); DROP TABLE award; --\x00"), CreatedAt: far, ExpiresAt: far.Add(time.Hour)}
	}
	first, second, third := make1(), make1(), make1()
	f.must(f.Store.InsertReceipt(f.ctx, first, 2))
	if got, err := f.Store.Receipt(f.ctx, first.Hash); err != nil || !cmp.Equal(first, got) {
		t.Fatalf("%v\n%s", err, cmp.Diff(first, got))
	}
	if _, err := f.Store.Receipt(f.ctx, []byte(f.ID(""))); !fault.Is(err, fault.NotFound) {
		t.Errorf("another hash: %v", err)
	}
	if err := f.Store.InsertReceipt(f.ctx, first, 2); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same hash again: %v", err)
	}
	f.must(f.Store.InsertReceipt(f.ctx, second, 2))
	if err := f.Store.InsertReceipt(f.ctx, third, 2); fault.Describe(err).Code != "receipt.too_many" {
		t.Errorf("a third of two: %v", err)
	}
	if _, err := f.Store.Receipt(f.ctx, third.Hash); !fault.Is(err, fault.NotFound) {
		t.Errorf("what was refused is stored: %v", err)
	}
	third.CreatedAt, third.ExpiresAt = first.ExpiresAt, first.ExpiresAt.Add(time.Hour)
	f.must(f.Store.InsertReceipt(f.ctx, third, 2))
	f.must(f.Store.SweepReceipts(f.ctx, first.ExpiresAt.Add(-time.Second)))
	if _, err := f.Store.Receipt(f.ctx, first.Hash); err != nil {
		t.Errorf("swept too early: %v", err)
	}
	f.must(f.Store.SweepReceipts(f.ctx, first.ExpiresAt))
	if _, err := f.Store.Receipt(f.ctx, first.Hash); !fault.Is(err, fault.NotFound) {
		t.Errorf("not swept: %v", err)
	}
	if _, err := f.Store.Receipt(f.ctx, third.Hash); err != nil {
		t.Errorf("the younger one was swept: %v", err)
	}
}
