DROP TABLE jobs_done;
