-- Receipts of checks that visitors saved. They are kept for a bounded time; the code of their link is kept as a hash.
CREATE TABLE check_receipt (
  code_hash  {{blob}} PRIMARY KEY,
  jws        {{blob}} NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX check_receipt_ends ON check_receipt (expires_at);
