DROP TABLE notices_shown;
ALTER TABLE alerts DROP COLUMN heartbeat;
ALTER TABLE alerts DROP COLUMN until_placed;
ALTER TABLE alerts DROP COLUMN further;
