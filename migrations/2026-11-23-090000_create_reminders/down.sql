DROP TABLE reminder_stops;
DROP TABLE reminders;
DROP TABLE reminder_wishes;
DROP TABLE paces;
