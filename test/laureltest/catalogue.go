package laureltest

import (
	"net/http"
	"testing"
)

// Catalogue is an issuer with one achievement, ready to be awarded.
type Catalogue struct {
	Issuer      string // id
	Achievement string // id
}

// Catalogue makes an issuer and an achievement through the API.
func (c *Client) Catalogue(t testing.TB) Catalogue {
	t.Helper()
	var issuer, achievement struct {
		ID string `json:"id"`
	}
	in := map[string]any{"slug": "school", "name": "School of Tests", "url": "https://school.example/"}
	if err := c.Do(t.Context(), http.MethodPost, "/api/v1/issuers", in, &issuer, http.StatusCreated, http.StatusOK); err != nil {
		t.Fatal(err)
	}
	in = map[string]any{
		"issuer": issuer.ID, "slug": "first-aid", "name": "First aid", "description": "Can help until help comes.",
		"criteria": "Passed the practical test.", "type": "Course", "language": "en",
	}
	if err := c.Do(t.Context(), http.MethodPost, "/api/v1/achievements", in, &achievement, http.StatusCreated, http.StatusOK); err != nil {
		t.Fatal(err)
	}
	return Catalogue{Issuer: issuer.ID, Achievement: achievement.ID}
}

// Request returns the body of an award under that external id.
func (c Catalogue) Request(externalID string) map[string]any {
	return map[string]any{
		"issuer": c.Issuer, "achievement": c.Achievement, "external_id": externalID,
		"recipient": map[string]any{"name": "Learner " + externalID, "email": externalID + "@learner.example"},
	}
}
