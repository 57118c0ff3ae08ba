-- Grows with everything that is asked, answered and withdrawn, so that who watches need look at one number.
ALTER TABLE enquiries ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
CREATE INDEX enquiries_by_turn ON enquiries (turn);

-- How long a service took to answer, whatever it says later.
ALTER TABLE enquiry_services ADD COLUMN first_answered_at TIMESTAMP;
UPDATE enquiry_services SET first_answered_at = answered_at;
