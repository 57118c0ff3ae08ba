-- The weekly mail to who keeps a service's figures: the local hour they chose, whether they stopped it,
-- and the last week that was made. Who chose nothing and was sent nothing has no row.
CREATE TABLE week_letters (
    person_id TEXT PRIMARY KEY,
    hour INTEGER,
    stopped BOOLEAN NOT NULL DEFAULT FALSE,
    week TEXT,
    made_at TIMESTAMP
);
