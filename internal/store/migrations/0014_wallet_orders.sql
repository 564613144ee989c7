-- Access tokens that are bound to a key, and orders of wallets that wait for a signature. Hashes only, and public keys.
ALTER TABLE wallet_redemption ADD COLUMN holder_key TEXT NOT NULL DEFAULT '';
CREATE TABLE wallet_deferral (
  hash       {{blob}} PRIMARY KEY,
  token_hash {{blob}} NOT NULL,
  holders    TEXT NOT NULL,
  at         BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX wallet_deferral_end ON wallet_deferral (expires_at);
CREATE INDEX wallet_delivery_at ON wallet_delivery (at);
