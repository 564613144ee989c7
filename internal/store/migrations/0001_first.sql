-- Times are microseconds since 1970 in UTC; 0 means never. {{blob}} and {{serial}} are the dialect's types.
CREATE TABLE base_url (
  url     TEXT PRIMARY KEY,
  used_at BIGINT NOT NULL
);

CREATE TABLE issuer (
  id          TEXT PRIMARY KEY,
  slug        TEXT NOT NULL,
  did         TEXT NOT NULL,
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  url         TEXT NOT NULL,
  email       TEXT NOT NULL,
  language    TEXT NOT NULL,
  algorithm   TEXT NOT NULL,
  image_type  TEXT NOT NULL,
  image_alt   TEXT NOT NULL,
  image_data  {{blob}},
  created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX issuer_slug ON issuer (slug);
CREATE UNIQUE INDEX issuer_did ON issuer (did);

CREATE TABLE achievement (
  id         TEXT NOT NULL,
  version    BIGINT NOT NULL,
  issuer_id  TEXT NOT NULL REFERENCES issuer (id),
  slug       TEXT NOT NULL,
  name       TEXT NOT NULL,
  locked     BIGINT NOT NULL,
  body       TEXT NOT NULL,
  image_type TEXT NOT NULL,
  image_alt  TEXT NOT NULL,
  image_data {{blob}},
  created_at BIGINT NOT NULL,
  PRIMARY KEY (id, version)
);
CREATE UNIQUE INDEX achievement_slug ON achievement (issuer_id, slug, version);

CREATE TABLE signing_key (
  id         TEXT PRIMARY KEY,
  issuer_id  TEXT NOT NULL REFERENCES issuer (id),
  alg        TEXT NOT NULL,
  state      TEXT NOT NULL,
  jwk        TEXT NOT NULL,
  sealed     {{blob}} NOT NULL,
  created_at BIGINT NOT NULL,
  retired_at BIGINT NOT NULL
);
CREATE INDEX signing_key_issuer ON signing_key (issuer_id, created_at);
CREATE UNIQUE INDEX signing_key_active ON signing_key (issuer_id, alg) WHERE state = 'active';

CREATE TABLE status_list (
  id         TEXT PRIMARY KEY,
  issuer_id  TEXT NOT NULL REFERENCES issuer (id),
  purpose    TEXT NOT NULL,
  url        TEXT NOT NULL,
  size       BIGINT NOT NULL,
  next       BIGINT NOT NULL,
  seed       {{blob}} NOT NULL,
  version    BIGINT NOT NULL,
  stamp      BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX status_list_open ON status_list (issuer_id, purpose, created_at);

CREATE TABLE award (
  seq             {{serial}},
  id              {{blob}} NOT NULL,
  issuer_id       TEXT NOT NULL REFERENCES issuer (id),
  achievement_id  TEXT NOT NULL,
  version         BIGINT NOT NULL,
  external_id     TEXT,
  idempotency_key TEXT,
  request_digest  {{blob}},
  recipient_name  TEXT NOT NULL,
  recipient_email TEXT NOT NULL,
  recipient_id    TEXT NOT NULL,
  search          TEXT NOT NULL,
  awarded_at      BIGINT NOT NULL,
  expires_at      BIGINT NOT NULL,
  visibility      TEXT NOT NULL,
  batch_id        TEXT NOT NULL,
  body            TEXT NOT NULL,
  created_at      BIGINT NOT NULL,
  created_by      TEXT NOT NULL,
  revoked_at      BIGINT NOT NULL,
  revoke_reason   TEXT NOT NULL,
  revoked_by      TEXT NOT NULL,
  FOREIGN KEY (achievement_id, version) REFERENCES achievement (id, version)
);
CREATE UNIQUE INDEX award_id ON award (id);
CREATE UNIQUE INDEX award_external_id ON award (issuer_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX award_idempotency_key ON award (issuer_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE credential (
  seq        {{serial}},
  id         {{blob}} NOT NULL,
  award_id   {{blob}} NOT NULL REFERENCES award (id),
  form       TEXT NOT NULL,
  key_id     TEXT NOT NULL,
  list_id    TEXT NOT NULL REFERENCES status_list (id),
  list_index BIGINT NOT NULL,
  changed    BIGINT NOT NULL,
  signed     {{blob}} NOT NULL,
  issued_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX credential_id ON credential (id);
CREATE INDEX credential_award ON credential (award_id);
CREATE UNIQUE INDEX credential_status ON credential (list_id, list_index);
CREATE INDEX credential_changed ON credential (list_id, changed) WHERE changed > 0;

CREATE TABLE offer (
  seq        {{serial}},
  id         TEXT NOT NULL,
  award_id   {{blob}} NOT NULL REFERENCES award (id),
  hash       {{blob}} NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX offer_hash ON offer (hash);

CREATE TABLE token (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  issuer_id  TEXT NOT NULL,
  scopes     TEXT NOT NULL,
  hash       {{blob}} NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX token_hash ON token (hash);

CREATE TABLE ticket (
  hash       {{blob}} PRIMARY KEY,
  id         TEXT NOT NULL,
  kind       TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE event (
  seq       {{serial}},
  id        TEXT NOT NULL,
  at        BIGINT NOT NULL,
  actor     TEXT NOT NULL,
  action    TEXT NOT NULL,
  issuer_id TEXT NOT NULL,
  subject   TEXT NOT NULL,
  detail    TEXT NOT NULL
);
