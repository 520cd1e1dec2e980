//! Live calls, and requests for them.

use serde::{Deserialize, Serialize};

use super::{id, text};

/// The body of `POST /calls`.
#[derive(Serialize)]
pub(crate) struct NewCall<'a> {
    pub(crate) to: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) caller_id: Option<&'a str>,
}

/// The body of `POST /webcalls`: who is called first, and whom they are connected to.
#[derive(Serialize)]
pub(crate) struct NewWebCall<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
}

/// The body of `POST /leadcalls`.
#[derive(Serialize)]
pub(crate) struct NewLeadCall<'a> {
    pub(crate) caller_id: &'a str,
    pub(crate) to: &'a str,
    pub(crate) tts: &'a str,
}

/// The body of `PATCH /calls/{id}`.
#[derive(Serialize)]
pub(crate) struct CallChange<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dst: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<&'a str>,
}

/// A live call.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Call {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) parent_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) state: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) src_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) src: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) destination: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) dst: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) dst_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) start_time: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) connected_at: Option<String>,
}
