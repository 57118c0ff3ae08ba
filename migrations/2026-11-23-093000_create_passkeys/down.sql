ALTER TABLE sign_in_links DROP COLUMN trusted;
ALTER TABLE sessions DROP COLUMN trusted;
ALTER TABLE sessions DROP COLUMN way;
ALTER TABLE grants DROP COLUMN by_claim;
DROP TABLE identities;
DROP TABLE ceremonies;
DROP TABLE passkeys;
