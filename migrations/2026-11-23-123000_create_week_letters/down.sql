DROP TABLE week_letters;
