CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    person_id TEXT,
    email TEXT,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    channels TEXT NOT NULL,
    state TEXT NOT NULL,
    hour INTEGER NOT NULL,
    quiet_from INTEGER,
    quiet_until INTEGER,
    paused_until TIMESTAMP,
    made_at TIMESTAMP NOT NULL,
    active_at TIMESTAMP,
    version BIGINT NOT NULL
);
CREATE INDEX alerts_by_person ON alerts (person_id);
CREATE INDEX alerts_by_email ON alerts (email);
CREATE INDEX alerts_by_version ON alerts (version);

-- A digest is made once for an alert and a local day or week, whoever asks again. It keeps what it
-- counted, so that the next one can say what has changed.
CREATE TABLE digests_made (
    alert_id TEXT NOT NULL,
    period TEXT NOT NULL,
    up_to_seq BIGINT NOT NULL,
    counted TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL,
    PRIMARY KEY (alert_id, period)
);

CREATE TABLE push_subscriptions (
    id TEXT PRIMARY KEY,
    person_id TEXT,
    endpoint TEXT NOT NULL UNIQUE,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    device TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP
);
CREATE INDEX push_subscriptions_by_person ON push_subscriptions (person_id);

-- Which devices an alert of somebody who is not signed in reaches.
CREATE TABLE alert_devices (
    alert_id TEXT NOT NULL,
    subscription_id TEXT NOT NULL,
    PRIMARY KEY (alert_id, subscription_id)
);

-- The state of a service whose last entry the log no longer holds, so that its next change can
-- still be told from what was before.
CREATE TABLE last_states (
    service_id TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    state TEXT NOT NULL
);

-- Addresses that a mail server refused for good.
CREATE TABLE stopped_addresses (
    email TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL
);

CREATE TABLE enquiries (
    id TEXT PRIMARY KEY,
    asked_by TEXT NOT NULL,
    kind TEXT NOT NULL,
    need TEXT NOT NULL,
    case_reference TEXT,
    made_at TIMESTAMP NOT NULL,
    withdrawn_at TIMESTAMP
);
CREATE INDEX enquiries_by_asker ON enquiries (asked_by, made_at);

CREATE TABLE enquiry_services (
    enquiry_id TEXT NOT NULL,
    service_id TEXT NOT NULL,
    answer TEXT,
    held_until TIMESTAMP,
    answered_at TIMESTAMP,
    hold TEXT,
    PRIMARY KEY (enquiry_id, service_id)
);
CREATE INDEX enquiry_services_by_service ON enquiry_services (service_id);
CREATE INDEX enquiry_services_by_hold ON enquiry_services (hold, held_until);
