CREATE TABLE passkeys (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The public key with its sign counter, as the library of passkeys writes it.
    credential TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP
);
CREATE INDEX passkeys_by_person ON passkeys (person_id);

-- What began here and is finished elsewhere: by an authenticator, or at a council's sign-on.
CREATE TABLE ceremonies (
    hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    bound_to TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL
);
CREATE INDEX ceremonies_by_age ON ceremonies (made_at);

-- Who a person is at a council's sign-on.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    person_id TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_person ON identities (person_id);

-- A role that came with a claim goes with it.
ALTER TABLE grants ADD COLUMN by_claim BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE sessions ADD COLUMN way TEXT NOT NULL DEFAULT 'link';
ALTER TABLE sessions ADD COLUMN trusted BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sign_in_links ADD COLUMN trusted BOOLEAN NOT NULL DEFAULT FALSE;
