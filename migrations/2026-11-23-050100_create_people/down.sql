DROP TABLE tokens;
DROP TABLE sessions;
DROP TABLE invitations;
DROP TABLE sign_in_links;
DROP TABLE grants;
DROP TABLE people;
