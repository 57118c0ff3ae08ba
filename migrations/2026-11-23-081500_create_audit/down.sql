DROP TABLE audit_authorities;
DROP TABLE audit;
