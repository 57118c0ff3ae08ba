-- How much of each kind of work was done on each day (UTC): what was sent, for the operators' page.
CREATE TABLE jobs_done (
    day TEXT NOT NULL,
    name TEXT NOT NULL,
    done BIGINT NOT NULL,
    PRIMARY KEY (day, name)
);
