// Command storybook shows every page in every state and language, from fixtures: go run ./cmd/storybook. It listens on this machine only
// and needs no database.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/openlaurel/laurel/cmd/storybook/book"
)

func main() {
	port := flag.Int("port", 8090, "port on 127.0.0.1; 0 takes a free one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := serve(ctx, os.Stdout, *port)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "storybook:", err)
		os.Exit(3)
	}
}

func serve(ctx context.Context, out io.Writer, port int) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return fmt.Errorf("%w\nhint: choose another port with -port", err)
	}
	server := &http.Server{Handler: book.New(book.Config{}).Handler(), ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if _, err := fmt.Fprintf(out, "The catalogue of pages: http://%s\n", listener.Addr()); err != nil {
		return err
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
