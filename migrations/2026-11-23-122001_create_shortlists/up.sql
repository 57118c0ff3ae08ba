-- Services that staff compare for a case. The reference is a number of their own system, never a name.
CREATE TABLE shortlists (
    person_id TEXT NOT NULL,
    case_reference TEXT NOT NULL,
    services TEXT NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (person_id, case_reference)
);
CREATE INDEX shortlists_by_age ON shortlists (changed_at);
