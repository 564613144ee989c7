-- Who people are for a sign-in service (OpenID Connect: iss and sub). One of somebody who was removed stays, so that they are known again.
CREATE TABLE login (
  issuer     TEXT NOT NULL,
  subject    TEXT NOT NULL,
  person_id  TEXT NOT NULL REFERENCES person (id),
  follows    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX login_person ON login (person_id, issuer);
