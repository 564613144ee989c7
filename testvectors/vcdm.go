package testvectors

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Change is one case of the vectors of the data model (vcdm/*.json): a good document with some members changed.
type Change struct {
	Name    string
	Section string // of the W3C Verifiable Credentials Data Model 2.0
	Set     map[string]any
	Remove  []string
	Code    string // of the defect that must be found; "" when there is none
	At      string // JSON pointer of that defect
	Unknown bool   // the defect says that it cannot be told
	General bool   // wrong in a badge only
	Static  bool   // about the document alone
}

// Changes returns the base document of a file of the data model and its cases. The error says what is wrong with the file.
func Changes(name string) (base map[string]any, cases []Change, err error) {
	data, err := Read(name)
	if err != nil {
		return nil, nil, err
	}
	var file struct {
		Base  map[string]any
		Cases []Change
	}
	err = json.Unmarshal(data, &file)
	return file.Base, file.Cases, err
}

// Apply returns a copy of doc with the members of the case set and removed. A pointer must lead into doc, all but its end.
func (c Change) Apply(doc map[string]any) map[string]any {
	data, err := json.Marshal(doc)
	if err != nil {
		panic("test vectors: " + err.Error())
	}
	var out map[string]any
	if err := json.Unmarshal(data, &out); err != nil {
		panic("test vectors: " + err.Error())
	}
	// A shorter pointer first: it may put the object into which a longer one leads.
	for depth := range 8 {
		for pointer, value := range c.Set {
			if strings.Count(pointer, "/") == depth {
				parent, last := lead(out, pointer)
				parent[last] = value
			}
		}
	}
	for _, pointer := range c.Remove {
		parent, last := lead(out, pointer)
		delete(parent, last)
	}
	return out
}

func lead(doc map[string]any, pointer string) (parent map[string]any, last string) {
	tokens := strings.Split(pointer, "/")[1:]
	var node any = doc
	for _, t := range tokens[:len(tokens)-1] {
		switch n := node.(type) {
		case map[string]any:
			node = n[t]
		case []any:
			i, err := strconv.Atoi(t)
			if err != nil || i >= len(n) {
				panic("test vectors: " + pointer + " leads nowhere")
			}
			node = n[i]
		}
	}
	parent, ok := node.(map[string]any)
	if !ok {
		panic("test vectors: " + pointer + " leads nowhere")
	}
	return parent, tokens[len(tokens)-1]
}
