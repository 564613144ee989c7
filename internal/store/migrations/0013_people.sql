-- People who may sign in to the console, and what each is for which issuer ('' is every issuer).
CREATE TABLE person (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  email      TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  joined_at  BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  removed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX person_email ON person (email) WHERE email <> '' AND removed_at = 0;

CREATE TABLE person_role (
  person_id TEXT NOT NULL REFERENCES person (id),
  issuer_id TEXT NOT NULL,
  role      TEXT NOT NULL,
  PRIMARY KEY (person_id, issuer_id)
);

ALTER TABLE ticket ADD COLUMN person_id TEXT NOT NULL DEFAULT '';
CREATE INDEX ticket_person ON ticket (person_id);
