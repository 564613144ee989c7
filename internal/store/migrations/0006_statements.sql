-- Learner records and endorsements: signed documents behind which no single award stands. Their status entries are in the same
-- lists as those of awards; that one was revoked is a row of status_change.
CREATE TABLE statement (
  seq            {{serial}},
  id             TEXT NOT NULL,
  kind           TEXT NOT NULL,
  issuer_id      TEXT NOT NULL REFERENCES issuer (id),
  external_id    TEXT,
  request_digest {{blob}},
  name           TEXT NOT NULL,
  about          TEXT NOT NULL,
  body           TEXT NOT NULL,
  form           TEXT NOT NULL,
  cryptosuite    TEXT NOT NULL,
  alg            TEXT NOT NULL,
  key_id         TEXT NOT NULL,
  list_id        TEXT NOT NULL REFERENCES status_list (id),
  list_index     BIGINT NOT NULL,
  signed         {{blob}} NOT NULL,
  expires_at     BIGINT NOT NULL,
  created_at     BIGINT NOT NULL,
  created_by     TEXT NOT NULL,
  revoked_at     BIGINT NOT NULL,
  revoke_reason  TEXT NOT NULL,
  revoke_code    TEXT NOT NULL,
  revoked_by     TEXT NOT NULL
);
CREATE UNIQUE INDEX statement_id ON statement (id);
CREATE UNIQUE INDEX statement_external_id ON statement (issuer_id, kind, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX statement_status ON statement (list_id, list_index);

-- Endorsements that go into what is awarded from then on.
CREATE TABLE attachment (
  seq        {{serial}},
  id         TEXT NOT NULL,
  issuer_id  TEXT NOT NULL REFERENCES issuer (id),
  target     TEXT NOT NULL,
  by_id      TEXT NOT NULL,
  name       TEXT NOT NULL,
  statement  TEXT NOT NULL,
  embedded   BIGINT NOT NULL,
  signed     {{blob}} NOT NULL,
  digest     {{blob}} NOT NULL,
  expires_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL
);
CREATE UNIQUE INDEX attachment_id ON attachment (id);
CREATE UNIQUE INDEX attachment_once ON attachment (target, digest);
CREATE INDEX attachment_statement ON attachment (statement) WHERE statement <> '';

-- Whose awards all go into a record.
CREATE INDEX award_email ON award (issuer_id, recipient_email) WHERE recipient_email <> '';
CREATE INDEX award_recipient ON award (issuer_id, recipient_id) WHERE recipient_id <> '';
