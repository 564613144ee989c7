package keyring

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// History writes every DID document that an identity ever had, oldest first, in the words of DID Resolution (versionId, created,
// nextUpdate). It is one file, so that any web server can serve it when the deployment is gone.
func History(did string, versions []Version) ([]byte, error) {
	type version struct {
		VersionID string          `json:"versionId"`
		Created   string          `json:"created"`
		Until     string          `json:"nextUpdate,omitempty"`
		Document  json.RawMessage `json:"didDocument"`
	}
	out := struct {
		ID       string    `json:"id"`
		Versions []version `json:"versions"`
	}{ID: did}
	for i, v := range versions {
		one := version{VersionID: strconv.Itoa(v.Number), Created: v.At.UTC().Format(time.RFC3339), Document: v.Body}
		if i+1 < len(versions) {
			one.Until = versions[i+1].At.UTC().Format(time.RFC3339)
		}
		out.Versions = append(out.Versions, one)
	}
	body, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", did, err)
	}
	return body, nil
}
