package main

import (
	"context"
	"crypto/sha256"
	"sync"

	"github.com/openlaurel/laurel/internal/limits"
	"github.com/openlaurel/laurel/internal/picture"
	"github.com/openlaurel/laurel/issuer/catalog"
)

// badgePictures gives each achievement a picture in the form that is asked for, so that every badge can be baked: its own, or where
// a drawing cannot be made a PNG, one that is drawn from its name.
type badgePictures struct{}

// Picture implements the badge page's Pictures.
func (badgePictures) Picture(_ context.Context, a catalog.Achievement, media string) ([]byte, error) {
	if a.Image != nil && a.Image.Type == media {
		return a.Image.Data, nil
	}
	if a.Image != nil {
		if same, ok := picture.Convert(a.Image.Data, map[bool]string{true: picture.PNG, false: picture.SVG}[media == "image/png"]); ok {
			return same, nil
		}
	}
	return badgePictures{}.Named(a.Name, media)
}

// Named implements publish.Pictures.
func (badgePictures) Named(name, media string) ([]byte, error) {
	d := picture.DesignFor(name)
	if media == "image/png" {
		return picture.GeneratePNG(d)
	}
	return picture.Generate(d)
}

// shownPictures also gives the pictures that pages show, and remembers those that had to be made lighter. The zero value is ready.
type shownPictures struct {
	badgePictures
	making sync.Mutex // one at a time: it takes memory and work
	mu     sync.Mutex
	kept   map[[sha256.Size]byte]shownPicture
}

type shownPicture struct {
	body  []byte
	media string
}

// Shown implements the pages' Pictures.
func (s *shownPictures) Shown(ctx context.Context, a catalog.Achievement) (body []byte, media string, err error) {
	if a.Image == nil {
		body, err = s.Picture(ctx, a, "image/svg+xml")
		return body, "image/svg+xml", err
	}
	if len(a.Image.Data) <= limits.ShownBytes {
		return a.Image.Data, a.Image.Type, nil
	}
	key := sha256.Sum256(a.Image.Data)
	if p, ok := s.known(key); ok {
		return p.body, p.media, nil
	}
	s.making.Lock()
	defer s.making.Unlock()
	if p, ok := s.known(key); ok {
		return p.body, p.media, nil
	}
	var p shownPicture
	p.body, p.media = picture.Shown(a.Image.Data)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil || len(s.kept) >= limits.ShownKept {
		s.kept = map[[sha256.Size]byte]shownPicture{}
	}
	s.kept[key] = p
	return p.body, p.media, nil
}

func (s *shownPictures) known(key [sha256.Size]byte) (shownPicture, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.kept[key]
	return p, ok
}
