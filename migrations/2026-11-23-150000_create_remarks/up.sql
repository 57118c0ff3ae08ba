-- What readers say is wrong with a listing. Nothing says who they are.
CREATE TABLE remarks (
    id TEXT PRIMARY KEY,
    service_id TEXT NOT NULL,
    wrong TEXT NOT NULL,
    words TEXT,
    made_at TIMESTAMP NOT NULL,
    told_at TIMESTAMP,
    settled_at TIMESTAMP,
    answer TEXT
);
CREATE INDEX remarks_by_service ON remarks (service_id, made_at);
CREATE INDEX remarks_by_told ON remarks (told_at);
CREATE INDEX remarks_by_settled ON remarks (settled_at, made_at);
