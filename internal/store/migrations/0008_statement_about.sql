-- What platforms wrote is found by the id that its credential has.
CREATE INDEX statement_about ON statement (about);
