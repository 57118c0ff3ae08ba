-- Who did what to what, when and from where. People are named by their ids alone, so that whoever is
-- erased leaves a whole record without a name.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    actor TEXT NOT NULL,
    label TEXT NOT NULL,
    address TEXT,
    session TEXT,
    deed TEXT NOT NULL,
    person_id TEXT,
    service_id TEXT,
    detail TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_actor ON audit (actor, at);
CREATE INDEX audit_by_person ON audit (person_id, at);

-- The authorities whose business an entry is; an entry of none is the operators' alone.
CREATE TABLE audit_authorities (
    authority_code TEXT NOT NULL,
    audit_id TEXT NOT NULL,
    PRIMARY KEY (authority_code, audit_id)
);
CREATE INDEX audit_authorities_by_entry ON audit_authorities (audit_id);
