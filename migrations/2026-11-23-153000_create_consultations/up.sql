-- What an authority asks the public, and what the public answers. Nothing says who.
CREATE TABLE consultations (
    id TEXT PRIMARY KEY,
    authority_code TEXT NOT NULL,
    version BIGINT NOT NULL,
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    questions TEXT NOT NULL,
    opens_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    closed_at TIMESTAMP,
    heard TEXT,
    made_at TIMESTAMP NOT NULL
);
CREATE TABLE consultation_answers (
    id TEXT PRIMARY KEY,
    consultation_id TEXT NOT NULL,
    made_on TEXT NOT NULL,
    answers TEXT NOT NULL
);
CREATE INDEX consultation_answers_by_consultation ON consultation_answers (consultation_id, made_on);
