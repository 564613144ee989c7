-- Credentials of nobody in particular, in whose place one came that is bound to a wallet.
ALTER TABLE credential ADD COLUMN superseded_at BIGINT NOT NULL DEFAULT 0;
