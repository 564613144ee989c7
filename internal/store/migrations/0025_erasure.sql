-- About whom a credential is that a platform wrote, so that an erasure finds it; '' where it names nobody by an id, and in what an
-- earlier version stored.
ALTER TABLE statement ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE INDEX statement_subject ON statement (subject) WHERE subject <> '';
