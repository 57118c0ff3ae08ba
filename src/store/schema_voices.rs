//! The tables of what the public says, in Diesel's words: `schema.rs` has all others, and says more.
//! No rule of the service is here.

diesel::table! {
    remarks (id) {
        id -> Text,
        service_id -> Text,
        wrong -> Text,
        words -> Nullable<Text>,
        made_at -> Timestamp,
        told_at -> Nullable<Timestamp>,
        settled_at -> Nullable<Timestamp>,
        answer -> Nullable<Text>,
    }
}

diesel::table! {
    consultations (id) {
        id -> Text,
        authority_code -> Text,
        version -> BigInt,
        title -> Text,
        about -> Text,
        questions -> Text,
        opens_on -> Text,
        ends_on -> Text,
        closed_at -> Nullable<Timestamp>,
        heard -> Nullable<Text>,
        made_at -> Timestamp,
    }
}

diesel::table! {
    consultation_answers (id) {
        id -> Text,
        consultation_id -> Text,
        made_on -> Text,
        answers -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(consultations, consultation_answers);
