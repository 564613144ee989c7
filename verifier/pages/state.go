package pages

import "github.com/openlaurel/laurel/internal/fault"

func unavailable() error {
	return fault.New(fault.Unavailable, nil, "Badges cannot be checked here at the moment.").Code("verify.unavailable")
}
