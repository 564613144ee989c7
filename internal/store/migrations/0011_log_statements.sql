-- Statements that are older than the issuance log: those of before its first entry.
ALTER TABLE issuance_log_head ADD COLUMN before_statement BIGINT NOT NULL DEFAULT 0;
UPDATE issuance_log_head SET before_statement = (SELECT COALESCE(MAX(seq), 0) FROM statement
  WHERE created_at < COALESCE((SELECT at FROM issuance_log WHERE seq = 1), created_at + 1));
