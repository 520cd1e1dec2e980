//! Typed identifiers, and the port that makes them.
//!
//! Each id wraps a UUID version 7, so rows sort by creation and indexes grow at one end.

use uuid::Uuid;

/// Makes identifiers. A port, so that tests and simulations are reproducible.
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait IdSource: Send + Sync {
    /// A fresh UUID version 7 (RFC 9562), never returned before by this source.
    fn next_uuid(&self) -> Uuid;
}

macro_rules! typed_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that is known to name this kind of thing.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// A fresh id.
            #[must_use]
            pub fn generate(ids: &dyn IdSource) -> Self {
                Self(ids.next_uuid())
            }

            /// The bare UUID.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::openapi::id()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

typed_id!(
    /// A user of the dialer: the `sub` of a token, the owner of campaigns and calls.
    UserId
);
typed_id!(
    /// A campaign.
    CampaignId
);
typed_id!(
    /// A contact of one campaign.
    ContactId
);
typed_id!(
    /// One call attempt, a row of `call_logs`.
    CallId
);
typed_id!(
    /// An entry of the dialing horizon, a row of `dialer_queues`.
    QueueEntryId
);
typed_id!(
    /// A disposition recorded for a call.
    DispositionId
);
typed_id!(
    /// A node: a process that runs the engine.
    NodeId
);
typed_id!(
    /// A do-not-call entry.
    SuppressionId
);
typed_id!(
    /// An entry of the consent ledger.
    ConsentEventId
);
typed_id!(
    /// An emergency ban.
    BanId
);
typed_id!(
    /// A copy of a national do-not-call list.
    RegistryCopyId
);
typed_id!(
    /// An import of a contact list.
    ImportId
);
typed_id!(
    /// A row of a list that an import left out.
    ImportRowId
);
typed_id!(
    /// An API key.
    ApiKeyId
);
typed_id!(
    /// The assignment of an agent to a campaign, a row of `campaign_agents`.
    AssignmentId
);
typed_id!(
    /// An agent's profile, a row of `agents`.
    AgentId
);
typed_id!(
    /// A recording of a call.
    RecordingId
);
typed_id!(
    /// A voicemail drop.
    VoicemailDropId
);
