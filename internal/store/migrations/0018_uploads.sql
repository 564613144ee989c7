-- Files of people that somebody brought, and how an issuer's headings are read.
CREATE TABLE upload (
  seq            {{serial}},
  id             TEXT NOT NULL,
  issuer_id      TEXT NOT NULL REFERENCES issuer (id),
  achievement_id TEXT NOT NULL,
  file_name      TEXT NOT NULL,
  state          TEXT NOT NULL,
  dates          TEXT NOT NULL,
  fields         TEXT NOT NULL,
  repairs        TEXT NOT NULL,
  failures       TEXT NOT NULL,
  actor          TEXT NOT NULL,
  total          BIGINT NOT NULL,
  known          BIGINT NOT NULL,
  awarded        BIGINT NOT NULL,
  failed         BIGINT NOT NULL,
  revoked        BIGINT NOT NULL,
  created_at     BIGINT NOT NULL,
  changed_at     BIGINT NOT NULL,
  ended_at       BIGINT NOT NULL,
  leased_until   BIGINT NOT NULL,
  data           {{blob}}
);
CREATE UNIQUE INDEX upload_id ON upload (id);
CREATE INDEX upload_waiting ON upload (leased_until) WHERE state = 'running' OR state = 'undoing';
CREATE INDEX award_batch ON award (batch_id) WHERE batch_id <> '';

CREATE TABLE heading_map (
  issuer_id TEXT PRIMARY KEY REFERENCES issuer (id),
  body      TEXT NOT NULL
);
