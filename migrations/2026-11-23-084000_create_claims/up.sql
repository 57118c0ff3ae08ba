-- Who says that they manage a listed service, until somebody has decided about it.
CREATE TABLE claims (
    id TEXT PRIMARY KEY,
    service_id TEXT NOT NULL,
    email TEXT NOT NULL,
    words TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL
);
CREATE INDEX claims_by_state ON claims (state, made_at);
CREATE INDEX claims_by_email ON claims (email, made_at);
