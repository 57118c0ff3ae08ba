-- The order of everything: one row, locked by every act that appends to the log.
CREATE TABLE stream (
    id INTEGER PRIMARY KEY,
    last_seq BIGINT NOT NULL,
    epoch TEXT NOT NULL
);

CREATE TABLE care_services (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    authority_code TEXT NOT NULL,
    authority_name TEXT NOT NULL,
    provider_id TEXT,
    facts TEXT NOT NULL,
    capacity TEXT NOT NULL,
    version BIGINT NOT NULL,
    confirmed_at TIMESTAMP,
    last_seq BIGINT NOT NULL,
    left_at TIMESTAMP
);
CREATE INDEX care_services_by_authority ON care_services (authority_code);
CREATE INDEX care_services_by_provider ON care_services (provider_id);

-- The log: every change with the service's state just after it.
CREATE TABLE changes (
    seq BIGINT PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    kind TEXT NOT NULL,
    service_id TEXT NOT NULL,
    previous_seq BIGINT NOT NULL,
    actor TEXT NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX changes_by_service ON changes (service_id, seq);

-- How far each reader of the log has come.
CREATE TABLE cursors (
    name TEXT PRIMARY KEY,
    seq BIGINT NOT NULL
);

-- Answers already given, so that a repeated request gets the same one.
CREATE TABLE idempotency_keys (
    actor TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    answer TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL,
    PRIMARY KEY (actor, idempotency_key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (made_at);

-- A row for each postcode district: its middle, and a line for each of its postcodes.
CREATE TABLE postcode_districts (
    district TEXT PRIMARY KEY,
    lat DOUBLE PRECISION NOT NULL,
    lon DOUBLE PRECISION NOT NULL,
    units TEXT NOT NULL
);

-- Secrets and marks of the deployment that its nodes share.
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    content TEXT NOT NULL
);

-- Work done later. A row goes when its work is done; it stays, with the reason, when it was given up.
-- Rows of one `order_key` are done one at a time, in the order of `order_seq`.
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    payload TEXT NOT NULL,
    lane TEXT NOT NULL,
    order_key TEXT,
    order_seq BIGINT,
    run_at TIMESTAMP NOT NULL,
    made_at TIMESTAMP NOT NULL,
    attempts INTEGER NOT NULL,
    leased_until TIMESTAMP,
    given_up_at TIMESTAMP,
    last_error TEXT
);
CREATE INDEX jobs_by_time ON jobs (lane, given_up_at, run_at, id);
CREATE INDEX jobs_by_order ON jobs (order_key, order_seq);
