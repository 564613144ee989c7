-- An issuer that closes: until when its last status lists hold; 0 for a stop that may end.
ALTER TABLE issuing_stop ADD COLUMN closed_until BIGINT NOT NULL DEFAULT 0;
