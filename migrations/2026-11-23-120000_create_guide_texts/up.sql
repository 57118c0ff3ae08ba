-- What administrators wrote in place of the shipped words of the guides: every version, in an area ('' is
-- everywhere). Without words the shipped ones hold again. Who wrote them is in the audit.
CREATE TABLE guide_texts (
    area TEXT NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    words TEXT,
    made_at TIMESTAMP NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (area, name, version)
);
