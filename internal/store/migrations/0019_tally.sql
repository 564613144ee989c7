-- How often badges of an issuer were checked on this server, by week (the Monday at midnight). Nothing says which, or by whom.
CREATE TABLE tally (
  week      BIGINT NOT NULL,
  issuer_id TEXT NOT NULL REFERENCES issuer (id),
  n         BIGINT NOT NULL,
  PRIMARY KEY (week, issuer_id)
);
