//! The provider's JSON, as it is spelt on the wire.
//!
//! Its documentation shows made-up values and its answers leave fields out, so nothing here insists: every field
//! is optional, ids and numbers may be JSON numbers or strings, and a field of another type counts as absent. No
//! type prints itself, because most hold telephone numbers.

mod account;
mod calls;
mod events;
mod records;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

pub(crate) use account::{ApiToken, CodeWanted, Ddi, Login, Me, NewSms, Queue, QueueUser, Sms, User};
pub(crate) use calls::{Call, CallChange, NewCall, NewLeadCall, NewWebCall};
pub(crate) use events::Event;
pub(crate) use records::{Cdr, Monitor, VoiceMessage};

/// One condition of a `filter` parameter, which is a JSON array of them.
#[derive(Serialize)]
pub(crate) struct Condition<'a> {
    pub(crate) property: &'a str,
    pub(crate) operator: &'a str,
    pub(crate) value: &'a str,
}

/// An answer with one thing in it.
#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub(crate) struct Single<T> {
    #[serde(deserialize_with = "object")]
    pub(crate) data: T,
}

/// A page of a collection. Rows are read one by one, so that a broken one does not hide the others.
#[derive(Deserialize)]
pub(crate) struct List {
    pub(crate) data: Vec<Value>,
    #[serde(default, deserialize_with = "integer")]
    pub(crate) total: Option<i64>,
}

/// The id of any row.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Identified {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
}

/// An answer that says what went wrong.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    #[serde(deserialize_with = "text")]
    pub(crate) message: Option<String>,
    #[serde(deserialize_with = "or_absent")]
    pub(crate) errors: Option<Vec<FieldProblem>>,
}

/// What is wrong with one attribute of a request.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct FieldProblem {
    #[serde(deserialize_with = "text")]
    pub(crate) field: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) message: Option<String>,
}

/// Whether a text can name something in a path: ids are integers, and nothing here may step out of its path.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// Reads a row; `None` when it is none. Only an object is one: a list would be read field by field.
pub(crate) fn read<T: DeserializeOwned>(row: &Value) -> Option<T> {
    if row.is_object() { T::deserialize(row).ok() } else { None }
}

/// Reads the body of an answer.
pub(crate) fn read_body<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let start = body.trim_ascii_start().first();
    if start == Some(&b'{') { serde_json::from_slice(body).ok() } else { None }
}

fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    read(&value).ok_or_else(|| serde::de::Error::custom("no object of the kind that was asked for"))
}

/// An id, from a number or a string. Zero stands for "none".
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let id = match Value::deserialize(deserializer)? {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return Ok(None),
    };
    Ok((is_id(&id) && id.bytes().any(|byte| byte != b'0')).then_some(id))
}

/// A text that must not be shown.
fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    text(deserializer).map(|text| text.map(SecretString::from))
}

/// A text that is not empty, from a string or a number.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A whole number, from a number (fractions are cut) or a string.
fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let digits = match Value::deserialize(deserializer)? {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return Ok(None),
    };
    Ok(digits.split('.').next().and_then(|whole| whole.parse().ok()))
}

/// Yes or no, from a boolean, 0 or 1, or their texts.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(yes) => Some(yes),
        Value::Number(number) => number.as_i64().map(|number| number != 0),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" => Some(true),
            "0" | "false" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    })
}

fn or_absent<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::{from_value, json};

    #[rstest]
    #[case(json!(5_100_000_017_i64), Some("5100000017"))]
    #[case(json!("10021"), Some("10021"))]
    #[case(json!(9_223_372_036_854_775_807_i64), Some("9223372036854775807"))]
    #[case(json!(0), None)]
    #[case(json!("0"), None)]
    #[case(json!(""), None)]
    #[case(json!(null), None)]
    #[case(json!(-4), None)]
    #[case(json!("../users"), None)]
    #[case(json!("1,2,3"), None)]
    #[case(json!([1]), None)]
    fn an_id_may_be_a_number_or_a_string_and_zero_is_none(#[case] given: Value, #[case] id: Option<&str>) {
        let row: Identified = from_value(json!({ "id": given })).unwrap();
        assert_eq!(row.id.as_deref(), id);
    }

    #[test]
    fn a_row_of_surprises_is_still_read() {
        let row = json!({
            "id": "77", "duration": "35", "billsec": 20.9, "calldate": 12, "t_cause": ["odd"], "labels": null,
            "disposition": "  CONNECTED ", "metadata": {"brand": "new"},
        });
        let cdr: Cdr = from_value(row).unwrap();
        assert_eq!((cdr.duration, cdr.billsec), (Some(35), Some(20)));
        assert_eq!((cdr.disposition.as_deref(), cdr.t_cause), (Some("CONNECTED"), None));
    }

    #[rstest]
    #[case(json!(true), Some(true))]
    #[case(json!(0), Some(false))]
    #[case(json!("1"), Some(true))]
    #[case(json!("maybe"), None)]
    fn a_yes_may_be_spelt_in_many_ways(#[case] given: Value, #[case] yes: Option<bool>) {
        let user: User = from_value(json!({ "id": 1, "active": given })).unwrap();
        assert_eq!(user.active, yes);
    }

    #[test]
    fn a_list_without_its_data_is_no_list() {
        assert!(from_value::<List>(json!({ "message": "hello" })).is_err());
        assert!(from_value::<List>(json!({ "data": null, "total": 0 })).is_err());
        assert_eq!(from_value::<List>(json!({ "data": [] })).unwrap().total, None);
    }

    #[test]
    fn a_list_is_never_taken_for_the_one_thing_that_was_asked_for() {
        assert!(read_body::<Single<Identified>>(br#"[{"id":5}]"#).is_none());
        assert!(read_body::<Single<Identified>>(br#"{"data":["5"]}"#).is_none());
        assert!(read::<Identified>(&json!(["5"])).is_none());
        assert_eq!(read_body::<Single<Identified>>(br#" {"data":{"id":5}}"#).unwrap().data.id.as_deref(), Some("5"));
    }

    #[test]
    fn errors_of_another_shape_do_not_hide_the_message() {
        let problem: Problem = from_value(json!({ "message": "No", "errors": {"to": "bad"} })).unwrap();
        assert_eq!(problem.message.as_deref(), Some("No"));
        assert!(problem.errors.is_none());
    }

    #[test]
    fn a_new_call_leaves_out_what_is_not_given() {
        let bare = NewCall { to: "447700900123", from: None, caller_id: None };
        assert_eq!(serde_json::to_value(bare).unwrap(), json!({ "to": "447700900123" }));
    }
}
