DROP TABLE jobs;
DROP TABLE settings;
DROP TABLE postcode_districts;
DROP TABLE idempotency_keys;
DROP TABLE cursors;
DROP TABLE changes;
DROP TABLE care_services;
DROP TABLE stream;
