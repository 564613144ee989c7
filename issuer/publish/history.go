package publish

import (
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/openlaurel/laurel/internal/fault"
	"github.com/openlaurel/laurel/issuer/keyring"
)

func (p *Publisher) hostHistory(c *gin.Context) error { return p.history(c, p.c.DID) }

func (p *Publisher) issuerHistory(c *gin.Context) error {
	return p.history(c, p.c.DID+":issuers:"+c.Param("slug"))
}

// history serves every DID document that an identity ever had, oldest first.
func (p *Publisher) history(c *gin.Context, did string) error {
	all, err := p.c.Keys.Versions(c.Request.Context(), did)
	if err != nil {
		return err
	}
	body, err := keyring.History(did, all)
	if err != nil {
		return err
	}
	reply(c, answer{"application/json", body, keyAge})
	return nil
}

// chosen returns the document that the DID URL parameters versionId or versionTime name (DID Core §3.2.1), and false when
// neither is given.
func (p *Publisher) chosen(c *gin.Context, did string) ([]byte, bool, error) {
	id, hasID := c.GetQuery("versionId")
	at, hasTime := c.GetQuery("versionTime")
	if !hasID && !hasTime {
		return nil, false, nil
	}
	moment, err := time.Parse(time.RFC3339, at)
	if hasTime && err != nil {
		return nil, true, fault.New(fault.Invalid, err, "versionTime is no time").Code("did.version").Hint("write it as 2026-01-31T09:00:00Z")
	}
	all, err := p.c.Keys.Versions(c.Request.Context(), did)
	if err != nil {
		return nil, true, err
	}
	var found *keyring.Version
	for i := range all {
		if (!hasID || strconv.Itoa(all[i].Number) == id) && (!hasTime || !all[i].At.After(moment)) {
			found = &all[i]
		}
	}
	if found == nil {
		return nil, true, fault.New(fault.NotFound, nil, "there is no such version of the document").Code("did.version")
	}
	return found.Body, true, nil
}

// checkpoint serves the signed end of the issuance log, for whoever keeps it.
func (p *Publisher) checkpoint(c *gin.Context) error {
	body, err := p.c.Log.Checkpoint(c.Request.Context())
	if err != nil {
		return err
	}
	reply(c, answer{"application/jwt", body, keyAge})
	return nil
}
