package statuslist_test

import (
	"context"
	"fmt"

	"github.com/openlaurel/laurel/issuer/statuslist"
)

// shelf is a store with one list; a real one is a database.
type shelf struct {
	statuslist.Store
	list statuslist.List
}

func (s *shelf) InsertList(_ context.Context, l statuslist.List) error {
	s.list = l
	return nil
}

func (s *shelf) ClaimIndexes(_ context.Context, _, _ string, n int) (statuslist.List, int, error) {
	before := s.list
	n = min(n, before.Size-before.Next)
	s.list.Next += n
	return before, n, nil
}

func ExampleService_Reserve() {
	s := statuslist.New(statuslist.Config{Store: &shelf{}, BaseURL: "https://badges.example.org"})
	first, err := s.Reserve(context.Background(), "iss_1", "revocation")
	if err != nil {
		fmt.Println(err)
		return
	}
	second, err := s.Reserve(context.Background(), "iss_1", "revocation")
	fmt.Println(first.URL == second.URL, first.Index == second.Index, err)
	// Output: true false <nil>
}
