DROP TABLE enquiry_services;
DROP TABLE enquiries;
DROP TABLE stopped_addresses;
DROP TABLE last_states;
DROP TABLE alert_devices;
DROP TABLE push_subscriptions;
DROP TABLE digests_made;
DROP TABLE alerts;
