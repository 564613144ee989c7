package batch

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/openlaurel/laurel/internal/event"
	"github.com/openlaurel/laurel/internal/fault"
)

// shelf is the UploadStore of the zero DeskConfig: everything in memory.
type shelf struct {
	mu       sync.Mutex
	uploads  []Upload
	data     map[string][]byte
	leases   map[string]time.Time
	headings map[string]map[string]Field
}

func newShelf() *shelf {
	return &shelf{data: map[string][]byte{}, leases: map[string]time.Time{}, headings: map[string]map[string]Field{}}
}

func (s *shelf) find(id string) int {
	return slices.IndexFunc(s.uploads, func(u Upload) bool { return u.ID == id })
}

func errNoUpload() error {
	return fault.New(fault.NotFound, nil, "there is no such upload").Code("upload.not_found")
}

func (s *shelf) InsertUpload(_ context.Context, u Upload, data []byte, _ event.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads, s.data[u.ID] = append(s.uploads, u), slices.Clone(data)
	return nil
}

func (s *shelf) Upload(_ context.Context, id string) (Upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.find(id); i >= 0 {
		return s.uploads[i], nil
	}
	return Upload{}, errNoUpload()
}

func (s *shelf) UploadData(_ context.Context, id string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if data, ok := s.data[id]; ok {
		return data, nil
	}
	return nil, fault.New(fault.Gone, nil, "the file is no longer kept").Code("batch.file_gone")
}

func (s *shelf) Uploads(_ context.Context, issuers []string, n int) ([]Upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Upload
	for _, u := range slices.Backward(s.uploads) {
		if len(out) < n && (issuers == nil || slices.Contains(issuers, u.IssuerID)) {
			out = append(out, u)
		}
	}
	return out, nil
}

func (s *shelf) ChangeUpload(_ context.Context, u Upload, was State, changed time.Time, _ event.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.find(u.ID)
	if i < 0 || s.uploads[i].State != was || !s.uploads[i].ChangedAt.Equal(changed) {
		return errState()
	}
	s.uploads[i] = u
	delete(s.leases, u.ID)
	return nil
}

func (s *shelf) LeaseUpload(_ context.Context, now, until time.Time) (Upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.uploads {
		if (u.State == Running || u.State == Undoing) && !s.leases[u.ID].After(now) {
			s.leases[u.ID] = until
			return u, nil
		}
	}
	return Upload{}, errNoUpload()
}

func (s *shelf) ProgressUpload(_ context.Context, u Upload, until time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.find(u.ID); i >= 0 && s.uploads[i].State == u.State {
		s.uploads[i].Awarded, s.uploads[i].Revoked, s.leases[u.ID] = u.Awarded, u.Revoked, until
	}
	return nil
}

func (s *shelf) SweepUploads(_ context.Context, drafts, files time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads = slices.DeleteFunc(s.uploads, func(u Upload) bool { return u.State == Draft && u.ChangedAt.Before(drafts) })
	for _, u := range s.uploads {
		if u.ChangedAt.Before(files) && (u.State == Done || u.State == Undone || u.State == Stopped) {
			delete(s.data, u.ID)
		}
	}
	return nil
}

func (s *shelf) HeadingMap(_ context.Context, issuerID string) (map[string]Field, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]Field{}
	maps.Copy(out, s.headings[issuerID])
	return out, nil
}

func (s *shelf) SetHeadingMap(_ context.Context, issuerID string, m map[string]Field) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.headings[issuerID] = maps.Clone(m)
	return nil
}

// unbound is the Awards of the zero DeskConfig: it knows of no award.
type unbound struct{}

func (unbound) CountBatch(context.Context, string) (standing, all int, err error) { return 0, 0, nil }

func (unbound) RevokeBatch(context.Context, string, string, string) (done, left int, err error) {
	return 0, 0, nil
}
