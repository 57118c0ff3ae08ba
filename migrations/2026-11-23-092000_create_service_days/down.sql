DROP TABLE service_days;
