-- Questions to wallets. They are kept for minutes; secrets are kept as hashes.
CREATE TABLE presentation_request (
  id            TEXT PRIMARY KEY,
  question      TEXT NOT NULL,
  nonce         TEXT NOT NULL,
  session       {{blob}} NOT NULL,
  created_at    BIGINT NOT NULL,
  expires_at    BIGINT NOT NULL,
  kept_until    BIGINT NOT NULL,
  state         TEXT NOT NULL,
  replied_at    BIGINT NOT NULL DEFAULT 0,
  flow          TEXT NOT NULL DEFAULT '',
  response_code {{blob}},
  outcome       {{blob}}
);
CREATE INDEX presentation_request_kept ON presentation_request (kept_until);
