//! The closed vocabularies: one word per thing, the same in tables, types, URLs and pages.
//! What the words mean together (capacity, filter) is decided in their own files.

/// Declares a vocabulary: each word as a variant, as written, and as people read it.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal $label:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word itself, as in URLs, JSON and tables.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// How people read it.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.word() == word)
            }

            /// Every word, for a sentence that says what would have been right.
            pub fn choices() -> String {
                Self::ALL.iter().map(|known| known.word()).collect::<Vec<_>>().join(", ")
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::parse(&word).ok_or_else(|| serde::de::Error::custom(format!("{word:?} is none of {}", Self::choices())))
            }
        }
    };
}

vocabulary! {
    /// What kind of place of care is registered.
    Kind {
        CareHome = "care_home" "Care home",
        HomeCare = "home_care" "Care at home",
    }
}

vocabulary! {
    /// What a service does, as its registration says.
    CareType {
        Residential = "residential" "Residential home",
        Nursing = "nursing" "Nursing home",
        HomeCare = "home_care" "Home care agency",
        ExtraCare = "extra_care" "Extra care housing",
        SupportedLiving = "supported_living" "Supported living",
    }
}

vocabulary! {
    /// The ten bed types of the national return.
    BedType {
        GeneralResidential = "general_residential" "General residential",
        GeneralNursing = "general_nursing" "General nursing",
        DementiaResidential = "dementia_residential" "Dementia residential",
        DementiaNursing = "dementia_nursing" "Dementia nursing",
        LearningDisabilityResidential = "learning_disability_residential" "Learning disability residential",
        LearningDisabilityNursing = "learning_disability_nursing" "Learning disability nursing",
        MentalHealthResidential = "mental_health_residential" "Mental health residential",
        MentalHealthNursing = "mental_health_nursing" "Mental health nursing",
        Transitional = "transitional" "Transitional",
        YoungerPhysicalDisability = "younger_physical_disability" "Younger physical disability",
    }
}

vocabulary! {
    /// For how long, and why, somebody comes.
    Stay {
        Permanent = "permanent" "Permanent",
        Respite = "respite" "Respite",
        DischargeToAssess = "discharge_to_assess" "Discharge to assess",
        Reablement = "reablement" "Reablement",
        EndOfLife = "end_of_life" "End of life",
    }
}

vocabulary! {
    /// Why places that are not occupied cannot be offered.
    Reason {
        Staffing = "staffing" "Staffing",
        Refurbishment = "refurbishment" "Refurbishment",
        Outbreak = "outbreak" "Outbreak",
        Restriction = "restriction" "Restriction on admissions",
        SharedRoom = "shared_room" "Shared room with one person in it",
        Other = "other" "Another reason",
    }
}

vocabulary! {
    /// Whether a service takes people at all just now.
    AdmissionStatus {
        Open = "open" "Open to admissions",
        OnRequest = "on_request" "On request: phone to ask",
        Closed = "closed" "Closed to admissions",
    }
}

vocabulary! {
    /// For whom a place is.
    Gender {
        Any = "any" "Anyone",
        Female = "female" "Women",
        Male = "male" "Men",
    }
}

vocabulary! {
    /// Who pays, as far as a service accepts it.
    Funding {
        SelfFunded = "self" "Paying for yourself",
        LocalAuthority = "local_authority" "Local authority rate",
        LocalAuthorityTopUp = "local_authority_top_up" "Local authority with a top-up",
        NhsContinuing = "nhs_continuing" "NHS continuing healthcare",
        NhsFundedNursing = "nhs_funded_nursing" "NHS-funded nursing care",
        DirectPayment = "direct_payment" "Direct payment",
    }
}

vocabulary! {
    /// Whom a service supports.
    Band {
        OlderPeople = "older_people" "Older people",
        YoungerAdults = "younger_adults" "Younger adults",
        Dementia = "dementia" "Dementia",
        LearningDisability = "learning_disability" "Learning disability or autism",
        MentalHealth = "mental_health" "Mental health",
        PhysicalDisability = "physical_disability" "Physical disability",
        SensoryImpairment = "sensory_impairment" "Sensory impairment",
        SubstanceMisuse = "substance_misuse" "Substance misuse",
        EatingDisorder = "eating_disorder" "Eating disorder",
        Detained = "detained" "People detained under the Mental Health Act",
        Children = "children" "Children",
        WholePopulation = "whole_population" "Everyone",
    }
}

vocabulary! {
    /// The overall rating of the Care Quality Commission, best first. Not rated is absent.
    Rating {
        Outstanding = "outstanding" "Outstanding",
        Good = "good" "Good",
        RequiresImprovement = "requires_improvement" "Requires improvement",
        Inadequate = "inadequate" "Inadequate",
    }
}

vocabulary! {
    /// When of the day a home-care agency has hours free.
    TimeOfDay {
        Morning = "morning" "Morning",
        Midday = "midday" "Midday",
        Tea = "tea" "Teatime",
        Evening = "evening" "Evening",
        Night = "night" "Night",
        LiveIn = "live_in" "Live-in",
    }
}

vocabulary! {
    /// How figures reached us.
    Source {
        Form = "form" "The web form",
        Mail = "mail" "A button in a mail",
        Api = "api" "A program",
        Csv = "csv" "A file of many services",
        Phone = "phone" "Told to staff by phone",
        Lapsed = "lapsed" "A reservation or closure came to its end",
    }
}

vocabulary! {
    /// How old a figure is, best first.
    Freshness {
        Fresh = "fresh" "Confirmed in the last 24 hours",
        Ageing = "ageing" "Confirmed in the last 7 days",
        Stale = "stale" "Not confirmed for 7 days or more",
        Never = "never" "Never confirmed",
    }
}

vocabulary! {
    /// What a person may be.
    Role {
        Manager = "manager" "Manager of a service",
        GroupManager = "group_manager" "Manager of a provider's services",
        Staff = "staff" "Social care staff",
        Admin = "admin" "Administrator of an authority",
        Operator = "operator" "Operator",
    }
}

vocabulary! {
    /// How a browser came to be signed in.
    SignInWay {
        Link = "link" "A link by email",
        Invitation = "invitation" "An invitation",
        Passkey = "passkey" "A passkey",
        SingleSignOn = "single_sign_on" "Your council's sign-on",
    }
}

vocabulary! {
    /// What a program may do.
    Scope {
        CapacityWrite = "capacity:write" "Update capacity",
        StaffRead = "staff:read" "Read as staff do",
        Admin = "admin" "Administer",
    }
}

vocabulary! {
    /// How an alert reaches its reader.
    AlertChannel {
        Push = "push" "A notification on this device, at once",
        Mail = "mail" "An email at once",
        Daily = "daily" "A daily email",
        Weekly = "weekly" "A weekly email",
    }
}

vocabulary! {
    /// What an enquiry asks for: an answer, or a place to be kept for a while.
    EnquiryKind {
        Ask = "ask" "Can you take somebody?",
        Hold = "hold" "Please keep a place",
    }
}

vocabulary! {
    /// What a service says to an enquiry.
    Answer {
        Yes = "yes" "Yes",
        No = "no" "No",
        Call = "call" "Please phone us",
    }
}

vocabulary! {
    /// What became of a place that is kept.
    Hold {
        Held = "held" "Kept",
        Lapsed = "lapsed" "Its time ran out",
        Withdrawn = "withdrawn" "Withdrawn",
    }
}

vocabulary! {
    /// What somebody did, for the audit.
    Deed {
        FiguresPublished = "figures_published" "Published figures",
        FiguresConfirmed = "figures_confirmed" "Said that nothing has changed",
        ServiceAdded = "service_added" "Added a service",
        RemindersChosen = "reminders_chosen" "Chose when a service is reminded",
        EnquiryAsked = "enquiry_asked" "Asked services",
        EnquiryAnswered = "enquiry_answered" "Answered an enquiry",
        EnquiryWithdrawn = "enquiry_withdrawn" "Withdrew an enquiry",
        AlertMade = "alert_made" "Made an alert",
        AlertChanged = "alert_changed" "Changed an alert",
        AlertEnded = "alert_ended" "Ended an alert",
        DeviceAdded = "device_added" "Turned on notifications",
        DeviceForgotten = "device_forgotten" "Turned off notifications",
        RoleGiven = "role_given" "Gave a role",
        RoleTaken = "role_taken" "Took a role away",
        RoleLeft = "role_left" "Gave up a role",
        InvitationWithdrawn = "invitation_withdrawn" "Withdrew an invitation",
        TokenMade = "token_made" "Made a token",
        TokenRevoked = "token_revoked" "Revoked a token",
        WorkRetried = "work_retried" "Had work tried again",
        SignedIn = "signed_in" "Signed in",
        SignedOut = "signed_out" "Signed out",
        PasskeyAdded = "passkey_added" "Added a passkey",
        PasskeyRemoved = "passkey_removed" "Removed a passkey",
        ClaimApproved = "claim_approved" "Approved a claim",
        ClaimRefused = "claim_refused" "Refused a claim",
        GuideSent = "guide_sent" "Sent somebody a guide",
        GuideChanged = "guide_changed" "Changed the words of a guide",
        AuditRead = "audit_read" "Took the audit away as a file",
        PersonExported = "person_exported" "Looked at all that is held about a person",
        PersonErased = "person_erased" "Erased a person",
        ConsultationChanged = "consultation_changed" "Wrote a consultation",
        ConsultationClosed = "consultation_closed" "Ended a consultation",
        AnswersTaken = "answers_taken" "Took the answers to a consultation away as a file",
        RemarksSettled = "remarks_settled" "Settled what was said to be wrong with a listing",
    }
}

vocabulary! {
    /// What a reader says is wrong with a listing.
    Wrong {
        Vacancies = "vacancies" "The vacancies are wrong",
        Fee = "fee" "The fee is wrong",
        Contact = "contact" "The phone number or address is wrong",
        Closed = "closed" "It has closed",
        Other = "other" "Something else is wrong",
    }
}

vocabulary! {
    /// The two guides.
    GuideKind {
        Residential = "residential" "Guide to residential care",
        HomeCare = "home-care" "Guide to care at home",
    }
}

impl GuideKind {
    /// The kind of care service that a guide lists.
    pub fn lists(self) -> Kind {
        match self {
            Self::Residential => Kind::CareHome,
            Self::HomeCare => Kind::HomeCare,
        }
    }
}
