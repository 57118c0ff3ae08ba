DROP TABLE authority_days;
