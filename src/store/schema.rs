//! The tables in Diesel's words, written by hand: the same as `migrations/`, which a test holds.
//! No rule of the service is here.

diesel::table! {
    stream (id) {
        id -> Integer,
        last_seq -> BigInt,
        epoch -> Text,
    }
}

diesel::table! {
    care_services (id) {
        id -> Text,
        kind -> Text,
        name -> Text,
        authority_code -> Text,
        authority_name -> Text,
        provider_id -> Nullable<Text>,
        facts -> Text,
        capacity -> Text,
        version -> BigInt,
        confirmed_at -> Nullable<Timestamp>,
        last_seq -> BigInt,
        left_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    changes (seq) {
        seq -> BigInt,
        at -> Timestamp,
        kind -> Text,
        service_id -> Text,
        previous_seq -> BigInt,
        actor -> Text,
        state -> Text,
    }
}

diesel::table! {
    cursors (name) {
        name -> Text,
        seq -> BigInt,
    }
}

diesel::table! {
    idempotency_keys (actor, idempotency_key) {
        actor -> Text,
        idempotency_key -> Text,
        request_hash -> Text,
        answer -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    boundaries (code) {
        code -> Text,
        name -> Text,
        source -> Text,
        rings -> Text,
    }
}

diesel::table! {
    postcode_districts (district) {
        district -> Text,
        lat -> Double,
        lon -> Double,
        units -> Text,
    }
}

diesel::table! {
    settings (name) {
        name -> Text,
        content -> Text,
    }
}

diesel::table! {
    jobs (id) {
        id -> Text,
        name -> Text,
        payload -> Text,
        lane -> Text,
        order_key -> Nullable<Text>,
        order_seq -> Nullable<BigInt>,
        run_at -> Timestamp,
        made_at -> Timestamp,
        attempts -> Integer,
        leased_until -> Nullable<Timestamp>,
        given_up_at -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    people (id) {
        id -> Text,
        email -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    grants (person_id, role, target) {
        person_id -> Text,
        role -> Text,
        target -> Text,
        made_at -> Timestamp,
        by_claim -> Bool,
    }
}

diesel::table! {
    sign_in_links (hash) {
        hash -> Text,
        email -> Text,
        browser_hash -> Text,
        code_hash -> Text,
        wrong_codes -> Integer,
        onward -> Text,
        made_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        trusted -> Bool,
    }
}

diesel::table! {
    invitations (hash) {
        hash -> Text,
        person_id -> Text,
        made_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sessions (hash) {
        hash -> Text,
        person_id -> Text,
        device -> Text,
        made_at -> Timestamp,
        seen_at -> Timestamp,
        way -> Text,
        trusted -> Bool,
    }
}

diesel::table! {
    passkeys (id) {
        id -> Text,
        person_id -> Text,
        name -> Text,
        credential -> Text,
        made_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    ceremonies (hash) {
        hash -> Text,
        kind -> Text,
        bound_to -> Text,
        state -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    identities (issuer, subject) {
        issuer -> Text,
        subject -> Text,
        person_id -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    tokens (id) {
        id -> Text,
        hash -> Text,
        name -> Text,
        scopes -> Text,
        targets -> Text,
        made_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
        used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    alerts (id) {
        id -> Text,
        person_id -> Nullable<Text>,
        email -> Nullable<Text>,
        name -> Text,
        query -> Text,
        channels -> Text,
        state -> Text,
        hour -> Integer,
        quiet_from -> Nullable<Integer>,
        quiet_until -> Nullable<Integer>,
        paused_until -> Nullable<Timestamp>,
        made_at -> Timestamp,
        active_at -> Nullable<Timestamp>,
        version -> BigInt,
        further -> Bool,
        until_placed -> Bool,
        heartbeat -> Bool,
    }
}

diesel::table! {
    digests_made (alert_id, period) {
        alert_id -> Text,
        period -> Text,
        up_to_seq -> BigInt,
        counted -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    push_subscriptions (id) {
        id -> Text,
        person_id -> Nullable<Text>,
        endpoint -> Text,
        p256dh -> Text,
        auth -> Text,
        device -> Text,
        made_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    alert_devices (alert_id, subscription_id) {
        alert_id -> Text,
        subscription_id -> Text,
    }
}

diesel::table! {
    notices_shown (alert_id, subscription_id, service_id) {
        alert_id -> Text,
        subscription_id -> Text,
        service_id -> Text,
        seq -> BigInt,
        shown_at -> Timestamp,
    }
}

diesel::table! {
    jobs_done (day, name) {
        day -> Text,
        name -> Text,
        done -> BigInt,
    }
}

diesel::table! {
    last_states (service_id) {
        service_id -> Text,
        seq -> BigInt,
        state -> Text,
    }
}

diesel::table! {
    stopped_addresses (email) {
        email -> Text,
        reason -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    enquiries (id) {
        id -> Text,
        asked_by -> Text,
        kind -> Text,
        need -> Text,
        case_reference -> Nullable<Text>,
        made_at -> Timestamp,
        withdrawn_at -> Nullable<Timestamp>,
        turn -> BigInt,
    }
}

diesel::table! {
    enquiry_services (enquiry_id, service_id) {
        enquiry_id -> Text,
        service_id -> Text,
        answer -> Nullable<Text>,
        held_until -> Nullable<Timestamp>,
        answered_at -> Nullable<Timestamp>,
        hold -> Nullable<Text>,
        first_answered_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    authority_days (day, authority_code) {
        day -> Text,
        authority_code -> Text,
        counted -> Text,
    }
}

diesel::table! {
    service_days (day, service_id) {
        day -> Text,
        service_id -> Text,
        found -> BigInt,
        seen -> BigInt,
        seen_full -> BigInt,
    }
}

diesel::table! {
    paces (service_id) {
        service_id -> Text,
        changes -> Double,
        days -> Double,
    }
}

diesel::table! {
    reminder_wishes (service_id) {
        service_id -> Text,
        wishes -> Text,
    }
}

diesel::table! {
    reminders (service_id, day, person_id) {
        service_id -> Text,
        day -> Text,
        person_id -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    reminder_stops (person_id) {
        person_id -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    week_letters (person_id) {
        person_id -> Text,
        hour -> Nullable<Integer>,
        stopped -> Bool,
        week -> Nullable<Text>,
        made_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    audit (id) {
        id -> Text,
        at -> Timestamp,
        actor -> Text,
        label -> Text,
        address -> Nullable<Text>,
        session -> Nullable<Text>,
        deed -> Text,
        person_id -> Nullable<Text>,
        service_id -> Nullable<Text>,
        detail -> Text,
    }
}

diesel::table! {
    audit_authorities (authority_code, audit_id) {
        authority_code -> Text,
        audit_id -> Text,
    }
}

diesel::table! {
    guide_texts (area, name, version) {
        area -> Text,
        name -> Text,
        version -> BigInt,
        words -> Nullable<Text>,
        made_at -> Timestamp,
        made_by -> Text,
    }
}

diesel::table! {
    claims (id) {
        id -> Text,
        service_id -> Text,
        email -> Text,
        words -> Text,
        state -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    shortlists (person_id, case_reference) {
        person_id -> Text,
        case_reference -> Text,
        services -> Text,
        changed_at -> Timestamp,
    }
}

diesel::allow_tables_to_appear_in_same_query!(audit, audit_authorities);
diesel::allow_tables_to_appear_in_same_query!(changes, care_services);
diesel::allow_tables_to_appear_in_same_query!(people, grants, sessions);
diesel::allow_tables_to_appear_in_same_query!(alerts, alert_devices, push_subscriptions);
diesel::allow_tables_to_appear_in_same_query!(enquiries, enquiry_services);
