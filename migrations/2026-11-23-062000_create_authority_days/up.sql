-- How an authority stood at the end of a local day, and what came in on it: counted once from the
-- log, and kept when the log's entries are gone.
CREATE TABLE authority_days (
    day TEXT NOT NULL,
    authority_code TEXT NOT NULL,
    counted TEXT NOT NULL,
    PRIMARY KEY (day, authority_code)
);
