-- What owners of every issuer switched in the console. A setting of the server's configuration goes before it.
CREATE TABLE setting (
  name       TEXT PRIMARY KEY,
  value      TEXT NOT NULL,
  changed_at BIGINT NOT NULL
);
