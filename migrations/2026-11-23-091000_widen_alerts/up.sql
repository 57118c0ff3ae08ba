-- Each further place too, not only the first; every message asks whether somebody is placed; a digest
-- also when there is nothing to say.
ALTER TABLE alerts ADD COLUMN further BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE alerts ADD COLUMN until_placed BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE alerts ADD COLUMN heartbeat BOOLEAN NOT NULL DEFAULT FALSE;

-- What the notification of an alert on a browser says: a newer one takes the place of it, and it is
-- taken back when the last place is gone. Kept for as long as a push service keeps it.
CREATE TABLE notices_shown (
    alert_id TEXT NOT NULL,
    subscription_id TEXT NOT NULL,
    service_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    shown_at TIMESTAMP NOT NULL,
    PRIMARY KEY (alert_id, subscription_id, service_id)
);
CREATE INDEX notices_shown_by_service ON notices_shown (service_id, shown_at);
CREATE INDEX notices_shown_by_age ON notices_shown (shown_at);
