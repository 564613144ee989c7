-- The life of a key beyond active and retired, and the DID documents in which keys were published.
ALTER TABLE signing_key ADD COLUMN holder TEXT NOT NULL DEFAULT '';
ALTER TABLE signing_key ADD COLUMN used_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE signing_key ADD COLUMN withdrawn_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE signing_key ADD COLUMN compromised_at BIGINT NOT NULL DEFAULT 0;
UPDATE signing_key SET used_from = created_at;
CREATE UNIQUE INDEX signing_key_next ON signing_key (issuer_id, alg) WHERE state = 'next';

CREATE TABLE did_document (
  did        TEXT NOT NULL,
  version    BIGINT NOT NULL,
  body       TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (did, version)
);
