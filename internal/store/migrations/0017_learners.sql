-- Links by which learners reach their badges, what they ask of issuers, and when an award was emptied of what names its learner.
ALTER TABLE award ADD COLUMN erased_at BIGINT NOT NULL DEFAULT 0;

CREATE TABLE learner_link (
  hash       {{blob}} PRIMARY KEY,
  id         TEXT NOT NULL,
  award_id   {{blob}} NOT NULL REFERENCES award (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL,
  asked_at   BIGINT NOT NULL,
  created_by TEXT NOT NULL
);
CREATE UNIQUE INDEX learner_link_id ON learner_link (id);
CREATE INDEX learner_link_award ON learner_link (award_id);

CREATE TABLE learner_wish (
  seq       {{serial}},
  id        TEXT NOT NULL,
  kind      TEXT NOT NULL,
  issuer_id TEXT NOT NULL REFERENCES issuer (id),
  award_id  {{blob}} NOT NULL REFERENCES award (id),
  text      TEXT NOT NULL,
  at        BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  closed_by TEXT NOT NULL
);
CREATE UNIQUE INDEX learner_wish_id ON learner_wish (id);
CREATE INDEX learner_wish_award ON learner_wish (award_id);
CREATE INDEX learner_wish_open ON learner_wish (issuer_id, seq) WHERE closed_at = 0;
