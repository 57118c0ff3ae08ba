-- How often people met a service on a local day: counts alone, of nobody.
CREATE TABLE service_days (
    day TEXT NOT NULL,
    service_id TEXT NOT NULL,
    found BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    seen_full BIGINT NOT NULL,
    PRIMARY KEY (day, service_id)
);
