-- Who asked a wallet, as a keyed hash, so that nobody holds more questions open than may. It goes with the question, after minutes.
ALTER TABLE presentation_request ADD COLUMN asker {{blob}};
ALTER TABLE presentation_request ADD COLUMN known BIGINT NOT NULL DEFAULT 0;
CREATE INDEX presentation_request_asker ON presentation_request (asker, expires_at);
