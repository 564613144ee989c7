-- What becomes of the credentials of nobody in particular when a wallet takes an offer; '' as the settings say.
ALTER TABLE offer ADD COLUMN unbound TEXT NOT NULL DEFAULT '';
