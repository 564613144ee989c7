-- How a credential is secured beside its form, and whose key it is bound to. Rows of before have '' and stand for the form's
-- defaults; the earlier program writes such rows.
ALTER TABLE credential ADD COLUMN cryptosuite TEXT NOT NULL DEFAULT '';
ALTER TABLE credential ADD COLUMN alg TEXT NOT NULL DEFAULT '';
ALTER TABLE credential ADD COLUMN holder TEXT NOT NULL DEFAULT '';
