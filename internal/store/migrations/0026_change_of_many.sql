-- The change of many awards that suspended an award ("chg_…"), so that exactly those can be reinstated. Empty: suspended by itself.
ALTER TABLE award ADD COLUMN suspend_change TEXT NOT NULL DEFAULT '';
CREATE INDEX award_suspend_change ON award (suspend_change) WHERE suspend_change <> '';
