-- Suspension, reasons as codes, and what became of an entry after it was set: rows of status_change for whatever is no
-- revocation, or the revocation of a credential that was issued again. credential.changed stays what it was; the earlier
-- program knows only that. seen_list and seen_revoked are the memory of the verifier.
ALTER TABLE award ADD COLUMN revoke_code TEXT NOT NULL DEFAULT '';
ALTER TABLE award ADD COLUMN suspended_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE award ADD COLUMN suspend_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE award ADD COLUMN suspend_code TEXT NOT NULL DEFAULT '';
ALTER TABLE award ADD COLUMN suspended_by TEXT NOT NULL DEFAULT '';

CREATE TABLE status_change (
  list_id    TEXT NOT NULL REFERENCES status_list (id),
  list_index BIGINT NOT NULL,
  value      BIGINT NOT NULL,
  version    BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (list_id, version, list_index)
);

CREATE TABLE seen_list (
  list   TEXT PRIMARY KEY,
  newest BIGINT NOT NULL
);

CREATE TABLE seen_revoked (
  list  TEXT NOT NULL,
  entry TEXT NOT NULL,
  PRIMARY KEY (list, entry)
);
