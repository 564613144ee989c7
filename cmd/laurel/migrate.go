package main

import (
	"github.com/spf13/cobra"
)

func newMigrate(t terminal) *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Bring the database up to date (serve does it by itself)", Args: exactly(0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, t, func(*app) error {
				sayln(t.out, "The database is up to date.")
				return nil
			})
		},
	}
}
