package pages

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/openlaurel/laurel/internal/limits"
)

// handed is what a visitor handed over: files, or what stands in in.
type handed struct {
	in     Input
	files  []upload
	number int      // which of many files this one is, when a script sends them one by one; 0: it comes alone
	form   FormPage // what was filled in; its Problem says what is wrong with it
}

// upload is one file of the form.
type upload struct {
	name string
	data []byte
}

func emptyForm() FormPage {
	return FormPage{Files: limits.VerifyFiles, FileBytes: limits.ImageBytes}
}

// read reads the form. When something is wrong with it, form.Problem says what, and the status is that of the answer.
func read(r *http.Request) (h handed, status int) {
	h.form = emptyForm()
	if err := parse(r); err != nil {
		if strings.Contains(err.Error(), "request body too large") { // multipart hides the *http.MaxBytesError
			return h.refuse("too_large"), http.StatusRequestEntityTooLarge
		}
		return h.refuse("malformed"), http.StatusBadRequest
	}
	v := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	h.in = Input{Text: v("text"), URL: v("url"), Recipient: v("recipient"), Refresh: v("refresh") == "on"}
	h.form.URL, h.form.Text, h.form.Recipient, h.form.At, h.form.Refresh = h.in.URL, h.in.Text, h.in.Recipient, v("at"), h.in.Refresh
	if len(h.in.Text) > limits.CredentialBytes {
		h.form.Text = "" // do not send it back
		return h.refuse("too_large"), http.StatusRequestEntityTooLarge
	}
	if n, err := strconv.Atoi(v("number")); err == nil && n > 0 && n <= limits.VerifyFiles {
		h.number = n
	}
	var err error
	if h.files, err = uploads(r); err != nil {
		if errors.Is(err, errTooMany) {
			return h.refuse("too_many"), http.StatusRequestEntityTooLarge
		}
		return h.refuse("malformed"), http.StatusBadRequest
	}
	return h.whole()
}

// whole checks what only the whole form can tell.
func (h handed) whole() (handed, int) {
	if len(h.files) == 1 && len(h.files[0].data) > limits.ImageBytes && h.number == 0 {
		return h.refuse("too_large"), http.StatusRequestEntityTooLarge
	}
	if h.form.At != "" {
		at, err := time.Parse(time.DateOnly, h.form.At)
		if err != nil {
			return h.refuse("date"), http.StatusUnprocessableEntity
		}
		at = at.Add(12 * time.Hour) // the middle of that day
		h.in.At = &at
	}
	given := 0
	for _, there := range [...]bool{h.in.Text != "", h.in.URL != "", len(h.files) > 0} {
		if there {
			given++
		}
	}
	switch given {
	case 0:
		return h.refuse("none"), http.StatusUnprocessableEntity
	case 1:
		return h, http.StatusOK
	}
	return h.refuse("several"), http.StatusUnprocessableEntity
}

func (h handed) refuse(problem string) handed {
	h.form.Problem = problem
	return h
}

func parse(r *http.Request) error {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return r.ParseMultipartForm(limits.RequestBytes)
	}
	return r.ParseForm()
}

var errTooMany = errors.New("too many files")

// uploads returns the files of the form; none when none was chosen. Of a file that is too large, one byte more than it may have
// comes back, so that the check of its form says so.
func uploads(r *http.Request) ([]upload, error) {
	if r.MultipartForm == nil {
		return nil, nil
	}
	var out []upload
	for _, header := range r.MultipartForm.File["file"] {
		if header.Filename == "" && header.Size == 0 {
			continue // what a browser sends when no file was chosen
		}
		if len(out) == limits.VerifyFiles {
			return nil, errTooMany
		}
		data, err := content(header)
		if err != nil {
			return nil, err
		}
		out = append(out, upload{header.Filename, data})
	}
	return out, nil
}

func content(header *multipart.FileHeader) (data []byte, err error) {
	f, err := header.Open()
	if err == nil {
		data, err = io.ReadAll(io.LimitReader(f, limits.ImageBytes+1))
		err = errors.Join(err, f.Close())
	}
	if data == nil {
		data = []byte{}
	}
	return data, err
}
