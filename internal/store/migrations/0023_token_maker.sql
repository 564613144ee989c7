-- Who made a token, as events name them. Tokens of before say what the log says.
ALTER TABLE token ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
UPDATE token SET created_by = COALESCE((SELECT MIN(event.actor) FROM event WHERE event.subject = token.id AND event.action = 'token.created'), '');
