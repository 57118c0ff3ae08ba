ALTER TABLE enquiry_services DROP COLUMN first_answered_at;
DROP INDEX enquiries_by_turn;
ALTER TABLE enquiries DROP COLUMN turn;
