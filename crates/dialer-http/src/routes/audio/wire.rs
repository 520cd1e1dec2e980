//! What comes with audio.

use std::str::FromStr;

use serde::Deserialize;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Audio in a form.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used; the part is read as it comes")]
pub(in crate::routes) struct AudioForm {
    /// The audio, with its own `Content-Type`.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Bytes as they are.
pub(in crate::routes) struct Binary;

impl PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(binary)).into()
    }
}

impl ToSchema for Binary {}

/// How long audio plays: 0 to [`Seconds::MOST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::routes) struct Seconds(pub(in crate::routes) u32);

impl Seconds {
    /// A week.
    pub(in crate::routes) const MOST: u32 = 604_800;
}

impl FromStr for Seconds {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().ok().filter(|seconds| *seconds <= Self::MOST).map(Self).ok_or("use 0 to 604800 seconds")
    }
}

impl PartialSchema for Seconds {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(Self::MOST)).into()
    }
}
