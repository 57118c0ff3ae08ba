-- How fast the figures of a service change, learnt from the log telling by telling.
CREATE TABLE paces (
    service_id TEXT PRIMARY KEY,
    changes DOUBLE PRECISION NOT NULL,
    days DOUBLE PRECISION NOT NULL
);

-- When a service may be reminded, as its managers chose; JSON.
CREATE TABLE reminder_wishes (
    service_id TEXT PRIMARY KEY,
    wishes TEXT NOT NULL
);

-- Who was reminded of which service on which local day: once, whoever asks again.
CREATE TABLE reminders (
    service_id TEXT NOT NULL,
    day TEXT NOT NULL,
    person_id TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL,
    PRIMARY KEY (service_id, day, person_id)
);
CREATE INDEX reminders_by_age ON reminders (made_at);

-- People who want no reminders; they sign in as before.
CREATE TABLE reminder_stops (
    person_id TEXT PRIMARY KEY,
    made_at TIMESTAMP NOT NULL
);
