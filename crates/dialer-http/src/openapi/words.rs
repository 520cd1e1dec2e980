//! The domain's words and counts as schemas. The domain knows nothing of OpenAPI; its lists of words are read here.

use std::borrow::Cow;

use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

fn one_of(words: impl Iterator<Item = &'static str>, description: &'static str) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).description(Some(description)).build()
}

macro_rules! words {
    ($($name:ident = $source:ty, $description:literal;)+) => {$(
        #[doc = $description]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                one_of(<$source>::ALL.iter().map(|word| word.as_str()), $description).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

words! {
    Direction = dialer_domain::Direction, "Who called whom";
    CallStatus = dialer_domain::CallStatus, "Where a call stands";
    CallOutcome = dialer_domain::calls::CallOutcome, "What a call came to";
    DialingMode = dialer_domain::DialingMode, "How a campaign dials";
    CampaignStatus = dialer_domain::CampaignStatus, "Where a campaign stands";
    ContactStatus = dialer_domain::ContactStatus, "Where a contact stands";
    ClosedReason = dialer_domain::contacts::ClosedReason, "Why a contact is called no more";
    SkipReason = dialer_domain::contacts::store::SkipReason, "Why a row was left out";
    LiveState = dialer_domain::telephony::LiveState, "What the provider says of a call in progress";
}

/// Counts of a campaign's contacts.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used; the domain's type is what is written")]
pub(crate) struct CampaignStats {
    /// All contacts.
    total: u64,
    /// Not called yet.
    pending: u64,
    /// Being called.
    calling: u64,
    /// Reached.
    completed: u64,
    /// Tried without success; some of them will be tried again.
    failed: u64,
    /// To be called back.
    callback: u64,
    /// Not to be called.
    #[schema(rename = "do-not-call")]
    do_not_call: u64,
}
