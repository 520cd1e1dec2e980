//! What the domain's values look like in JSON, for services that describe their API with utoipa.
//!
//! Words, ids and numbers are written by hand here, because their JSON is not the shape of their Rust types.

use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, OneOfBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::analytics::DateOrInstant;
use crate::api_keys::KeyScope;
use crate::phone::{PhoneNumber, Region};
use crate::places::Jurisdiction;
use crate::registries::Registry;
use crate::schedule::Zone;

/// One of a fixed list of words.
pub(crate) fn word(what: &str, words: impl Iterator<Item = &'static str>) -> RefOr<Schema> {
    let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
    let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
    schema.description(Some(format!("{article} {what}"))).into()
}

/// A UUID.
pub(crate) fn id() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))).into()
}

impl PartialSchema for PhoneNumber {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A telephone number in its international form (E.164)"))
            .format(Some(SchemaFormat::Custom("phone-number".to_owned())))
            .pattern(Some(r"^\+[1-9][0-9]{1,16}$"))
            .examples(["+442079460001"])
            .into()
    }
}

impl ToSchema for PhoneNumber {}

impl PartialSchema for Zone {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("time-zone".to_owned())))
            .description(Some("A name of the IANA time zone database"))
            .examples(["Europe/London"])
            .into()
    }
}

impl PartialSchema for Jurisdiction {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A country (ISO 3166-1) or a part of one (ISO 3166-2)"))
            .pattern(Some("^[A-Z]{2}(-[A-Z0-9]{1,3})?$"))
            .examples(["US-LA"])
            .into()
    }
}

impl ToSchema for Jurisdiction {}

impl PartialSchema for Region {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A country or territory (ISO 3166-1) whose numbers are understood"))
            .pattern(Some("^[A-Z]{2}$"))
            .examples(["US"])
            .into()
    }
}

impl PartialSchema for Registry {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A national do-not-call list, as rules name it"))
            .pattern(Some("^[a-z0-9-]{2,40}$"))
            .examples(["us-dnc"])
            .into()
    }
}

impl ToSchema for Registry {}

impl PartialSchema for DateOrInstant {
    fn schema() -> RefOr<Schema> {
        let text =
            |format| ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format)));
        OneOfBuilder::new()
            .item(text(KnownFormat::Date).description(Some("A day of the zone that days begin in")))
            .item(text(KnownFormat::DateTime))
            .into()
    }
}

impl PartialSchema for KeyScope {
    fn schema() -> RefOr<Schema> {
        let scopes = Self::all().map(|scope| scope.to_string());
        let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(scopes));
        schema.description(Some("A part of the API and what may be done there; `*` is all of it")).into()
    }
}

impl ToSchema for KeyScope {}
