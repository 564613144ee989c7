-- Passkeys with which people sign in, and what a ceremony of signing in keeps for the browser while it works.
CREATE TABLE passkey (
  id         {{blob}} PRIMARY KEY,
  person_id  TEXT NOT NULL REFERENCES person (id),
  name       TEXT NOT NULL,
  body       {{blob}} NOT NULL,
  created_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL
);
CREATE INDEX passkey_person ON passkey (person_id);
ALTER TABLE ticket ADD COLUMN data TEXT NOT NULL DEFAULT '';
