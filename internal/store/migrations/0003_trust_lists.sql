-- Signed trust lists that issuers of this deployment publish. All are kept; the newest counts.
CREATE TABLE trust_list (
  issuer_id TEXT NOT NULL REFERENCES issuer (id),
  issued_at BIGINT NOT NULL,
  signed    {{blob}} NOT NULL,
  PRIMARY KEY (issuer_id, issued_at)
);
