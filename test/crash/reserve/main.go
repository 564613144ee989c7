// Command reserve reserves status indexes with 64 workers and prints each of them, until it is killed: the victim of the
// reservation test. It refuses to go on when a reservation fails.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/internal/store"
	"github.com/openlaurel/laurel/issuer/catalog"
	"github.com/openlaurel/laurel/issuer/statuslist"
)

const workers = 64

func main() {
	if err := work(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func work(ctx context.Context, database string) error {
	st, err := store.Open(ctx, store.Config{URL: database})
	if err != nil {
		return err
	}
	if err := st.Migrate(ctx); err != nil {
		return err
	}
	c, err := catalog.New(catalog.Config{Store: st, BaseURL: "https://school.example"})
	if err != nil {
		return err
	}
	iss, err := c.Issuer(ctx, "school")
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		iss, err = c.AddIssuer(ctx, catalog.NewIssuer{Name: "School", Slug: "school"})
	}
	if err != nil {
		return err
	}
	lists := statuslist.New(statuslist.Config{Store: st, BaseURL: "https://school.example"})
	var all sync.WaitGroup
	failed := make(chan error, workers)
	for range workers {
		all.Go(func() {
			for {
				e, err := lists.Reserve(ctx, iss.ID, statuslist.Revocation)
				if err == nil {
					_, err = fmt.Printf("%s %d\n", e.ListID, e.Index)
				}
				if err != nil {
					failed <- err
					return
				}
			}
		})
	}
	return <-failed
}
