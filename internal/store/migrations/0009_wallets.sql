-- Into wallets: whose wallet took an offer, its transaction code, and what was used up on the way. Hashes only.
ALTER TABLE offer ADD COLUMN holder TEXT NOT NULL DEFAULT '';
ALTER TABLE offer ADD COLUMN tx_hash {{blob}};
ALTER TABLE offer ADD COLUMN tx_tries BIGINT NOT NULL DEFAULT 0;

CREATE TABLE wallet_redemption (
  code_hash     {{blob}} PRIMARY KEY,
  token_hash    {{blob}} NOT NULL,
  offer_hash    {{blob}} NOT NULL,
  award_id      {{blob}} NOT NULL REFERENCES award (id),
  configuration TEXT NOT NULL,
  at            BIGINT NOT NULL,
  expires_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX wallet_redemption_token ON wallet_redemption (token_hash);
CREATE INDEX wallet_redemption_end ON wallet_redemption (expires_at);

CREATE TABLE wallet_nonce (
  hash  {{blob}} PRIMARY KEY,
  until BIGINT NOT NULL
);
CREATE INDEX wallet_nonce_end ON wallet_nonce (until);

CREATE TABLE wallet_delivery (
  notification_hash {{blob}} PRIMARY KEY,
  token_hash        {{blob}} NOT NULL,
  credential_id     TEXT NOT NULL,
  at                BIGINT NOT NULL,
  event             TEXT NOT NULL DEFAULT ''
);
