//! Users, numbers, queues, keys and messages of an account.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{flag, id, integer, secret, text};

/// A user of the account.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct User {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) ext: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) first_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) last_name: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(crate) active: Option<bool>,
    #[serde(deserialize_with = "integer")]
    pub(crate) nb_sip_locations: Option<i64>,
}

/// The key's own user. What else the provider tells of it is not read.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Me {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) sip_domain: Option<String>,
    #[serde(deserialize_with = "secret")]
    pub(crate) sip_password: Option<SecretString>,
}

/// A number of the account, under either name.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ddi {
    #[serde(deserialize_with = "text")]
    pub(crate) e164: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) number: Option<String>,
}

/// A queue. Its users are ids, or objects where they were asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Queue {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) number: Option<String>,
    #[serde(deserialize_with = "integer")]
    pub(crate) ring_time: Option<i64>,
    pub(crate) users: Value,
}

/// A user on a queue.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct QueueUser {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(crate) status: Option<bool>,
}

/// A user's token, as a login gives it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Login {
    #[serde(deserialize_with = "secret")]
    pub(crate) user_token: Option<SecretString>,
    #[serde(deserialize_with = "id")]
    pub(crate) user_id: Option<String>,
}

/// A login that goes on by e-mail.
#[derive(Deserialize)]
pub(crate) struct CodeWanted {
    pub(crate) nonce: SecretString,
}

/// An API key.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ApiToken {
    #[serde(deserialize_with = "secret")]
    pub(crate) token: Option<SecretString>,
    #[serde(deserialize_with = "text")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) created_at: Option<String>,
}

/// The body of `POST /sms`.
#[derive(Serialize)]
pub(crate) struct NewSms<'a> {
    pub(crate) to: &'a str,
    pub(crate) message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<&'a str>,
}

/// A text message, sent or received.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sms {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) created_at: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) from: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) to: Option<String>,
    #[serde(rename = "type", deserialize_with = "text")]
    pub(crate) kind: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) message: Option<String>,
}
