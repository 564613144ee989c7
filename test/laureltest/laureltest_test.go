package laureltest

import "testing"

func TestLastWord(t *testing.T) {
	for text, want := range map[string]string{
		"lrl_abc\n":                   "lrl_abc",
		"Keep this token:\n\n  lrl\n": "lrl",
		"":                            "",
		"\n \n":                       "",
	} {
		if got := lastWord(text); got != want {
			t.Errorf("lastWord(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	w := &tail{}
	for range 10_000 {
		_, _ = w.Write([]byte("0123456789"))
	}
	_, _ = w.Write([]byte("end"))
	if got := w.String(); len(got) != tailBytes || got[len(got)-3:] != "end" {
		t.Errorf("%d bytes, ending in %q", len(got), got[len(got)-3:])
	}
}

func TestPayload(t *testing.T) {
	var out struct{ A int }
	if err := Payload("e30.eyJBIjoxfQ.c2ln\n", &out); err != nil || out.A != 1 {
		t.Errorf("%v, %v", out, err)
	}
	for _, bad := range []string{"", "a.b", "e30.!.c2ln", "e30.e30x.c2ln"} {
		if err := Payload(bad, &out); err == nil {
			t.Errorf("Payload(%q) gave no error", bad)
		}
	}
}
