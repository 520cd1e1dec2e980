//! What a request says about how its list is to be read.

use std::str::FromStr;

use dialer_domain::imports::{ContactField, Mapping};

use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::extract::{Params, RequestQuery};

/// The query of an import.
pub(super) struct ImportQuery {
    pub(super) preview: bool,
    pub(super) delimiter: Option<Delimiter>,
    pub(super) mapping: Option<ColumnMapping>,
    pub(super) file_name: Option<String>,
}

impl RequestQuery for ImportQuery {
    fn read(params: &mut Params) -> Self {
        Self {
            preview: params
                .flag("preview", "Whether to look only and write nothing; false when not given")
                .unwrap_or(false),
            delimiter: params.one("delimiter", "What separates columns; found out when not given"),
            mapping: params.one("mapping", "Which column holds which field; found out from the header when not given"),
            file_name: params
                .one::<FileName>("file_name", "The name under which the list is remembered")
                .map(|name| name.0),
        }
    }
}

/// What separates columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Delimiter(pub(super) u8);

impl ToSchema for Delimiter {}

impl FromStr for Delimiter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "comma" => Ok(Self(b',')),
            "semicolon" => Ok(Self(b';')),
            "tab" | "\\t" => Ok(Self(b'\t')),
            "pipe" => Ok(Self(b'|')),
            _ => match text.as_bytes() {
                [byte @ (b',' | b';' | b'\t' | b'|' | b':' | b'^' | b'~')] => Ok(Self(*byte)),
                _ => Err("use one of: , ; | : ^ ~ tab comma semicolon pipe"),
            },
        }
    }
}

impl PartialSchema for Delimiter {
    fn schema() -> RefOr<Schema> {
        let words = ["comma", "semicolon", "tab", "pipe", ",", ";", "|", ":", "^", "~"];
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
    }
}

/// Which column holds which field: `phone_number:Telefon,first_name:Vorname`, or the same as a JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnMapping(pub(super) Mapping);

impl PartialSchema for ColumnMapping {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("column-mapping".to_owned())))
            .description(Some("`field:column,field:column`, or a JSON object from field to column"))
            .examples(["phone_number:Phone,first_name:First"])
            .into()
    }
}

impl ToSchema for ColumnMapping {}

impl FromStr for ColumnMapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "use field:column,field:column or a JSON object from field to column";
        let pairs: Vec<(String, String)> = if text.trim_start().starts_with('{') {
            let object: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(text).map_err(|_| FORM.to_owned())?;
            let pair = |(field, column): (String, serde_json::Value)| match column {
                serde_json::Value::String(column) => Ok((field, column)),
                _ => Err(FORM.to_owned()),
            };
            object.into_iter().map(pair).collect::<Result<_, _>>()?
        } else {
            let pair = |pair: &str| {
                let (field, column) = pair.split_once(':').ok_or_else(|| FORM.to_owned())?;
                Ok::<_, String>((field.trim().to_owned(), column.trim().to_owned()))
            };
            text.split(',').map(pair).collect::<Result<_, _>>()?
        };
        let mut mapping = Mapping::new();
        for (field, column) in pairs {
            let field = field.parse::<ContactField>().map_err(|error| error.to_string())?;
            if column.trim().is_empty() || column.contains('\0') {
                return Err(format!("name the column that holds {field}"));
            }
            if mapping.values().any(|taken| *taken == column) {
                return Err("a column can hold one field only".to_owned());
            }
            if mapping.insert(field, column).is_some() {
                return Err(format!("give {field} once"));
            }
        }
        Ok(Self(mapping))
    }
}

/// What a person calls a file: its last part, without what no name holds.
pub(super) struct FileName(pub(super) String);

impl PartialSchema for FileName {
    fn schema() -> RefOr<Schema> {
        String::schema()
    }
}

impl FromStr for FileName {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.rsplit(['/', '\\']).next().unwrap_or_default();
        Ok(Self(name.chars().filter(|c| !c.is_control()).take(255).collect()))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("phone_number:Telefon,first_name: Vor name ")]
    #[case(r#"{"phone_number":"Telefon","first_name":"Vor name"}"#)]
    fn a_mapping_is_read_in_either_form(#[case] text: &str) {
        let ColumnMapping(mapping) = text.parse().unwrap();
        let pairs: Vec<_> = mapping.iter().map(|(field, column)| (field.as_str(), column.as_str())).collect();
        assert_eq!(pairs, [("phone_number", "Telefon"), ("first_name", "Vor name")]);
    }

    #[rstest]
    #[case("Telefon", "use field:column")]
    #[case("phone:Telefon", "is not a contact field; use one of: phone_number")]
    #[case("phone_number:", "name the column that holds phone_number")]
    #[case("phone_number:A,email:A", "one field only")]
    #[case("phone_number:A,phone_number:B", "give phone_number once")]
    #[case(r#"{"phone_number":1}"#, "use field:column")]
    #[case("{", "use field:column")]
    fn a_mapping_that_cannot_be_read_says_what_would_do(#[case] text: &str, #[case] message: &str) {
        let error = text.parse::<ColumnMapping>().unwrap_err();
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn a_name_of_a_file_is_no_path() {
        let name = |text: &str| text.parse::<FileName>().map(|name| name.0).unwrap_or_default();
        assert_eq!(name("C:\\lists\\spring.csv"), "spring.csv");
        assert_eq!(name("../../etc/pass\nwd"), "passwd");
    }
}
