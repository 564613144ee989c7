-- Mail to learners: what waits, what became of it, up to which event it was queued, and who wants no more. No address is kept.
CREATE TABLE mail (
  seq        {{serial}},
  id         TEXT NOT NULL,
  kind       TEXT NOT NULL,
  award_id   {{blob}} NOT NULL REFERENCES award (id),
  once       TEXT NOT NULL,
  state      TEXT NOT NULL,
  attempts   BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  next_at    BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  note       TEXT NOT NULL
);
CREATE UNIQUE INDEX mail_id ON mail (id);
CREATE UNIQUE INDEX mail_once ON mail (once);
CREATE INDEX mail_due ON mail (next_at) WHERE state = 'waiting';
CREATE INDEX mail_taken ON mail (changed_at) WHERE state = 'sending';

CREATE TABLE mail_place (
  id  BIGINT PRIMARY KEY,
  seq BIGINT NOT NULL
);

CREATE TABLE mail_stop (
  hash {{blob}} PRIMARY KEY,
  at   BIGINT NOT NULL
);
