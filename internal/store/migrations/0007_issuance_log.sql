-- The issuance log: what is going to be signed, before it is. Credentials up to before_seq are older than the log.
CREATE TABLE issuance_log (
  seq     BIGINT PRIMARY KEY,
  at      BIGINT NOT NULL,
  key_id  TEXT NOT NULL,
  purpose TEXT NOT NULL,
  digest  {{blob}} NOT NULL,
  hash    {{blob}} NOT NULL
);
CREATE INDEX issuance_log_digest ON issuance_log (digest);

CREATE TABLE issuance_log_head (
  id         BIGINT PRIMARY KEY,
  seq        BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  hash       {{blob}},
  before_seq BIGINT NOT NULL
);
INSERT INTO issuance_log_head (id, seq, at, before_seq) SELECT 1, 0, 0, COALESCE(MAX(seq), 0) FROM credential;

-- Who issues nothing for now; '' is everybody.
CREATE TABLE issuing_stop (
  issuer_id TEXT PRIMARY KEY,
  at        BIGINT NOT NULL,
  actor     TEXT NOT NULL,
  reason    TEXT NOT NULL
);
