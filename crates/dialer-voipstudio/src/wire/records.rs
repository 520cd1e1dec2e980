//! Call records, recordings and voicemail.

use serde::Deserialize;
use serde_json::Value;

use super::{flag, id, integer, text};

/// A call record: one leg that is over.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Cdr {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) live_id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) call_id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) parent_live_id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) root_live_id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) user_id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) src_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) src: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) r#type: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) destination: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) dst: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) dst_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) calldate: Option<String>,
    #[serde(deserialize_with = "integer")]
    pub(crate) duration: Option<i64>,
    #[serde(deserialize_with = "integer")]
    pub(crate) billsec: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(crate) disposition: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) t_cause: Option<String>,
}

/// A recording. Which of the ids of calls it carries is not known, so each one that other rows have is looked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Monitor {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) call_id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) live_id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) parent_live_id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) root_live_id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) root_call_id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) user_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) timestamp: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) caller: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) called: Option<String>,
    #[serde(deserialize_with = "integer")]
    pub(crate) duration: Option<i64>,
    #[serde(deserialize_with = "integer")]
    pub(crate) size: Option<i64>,
    pub(crate) transcript: Value,
    #[serde(deserialize_with = "text")]
    pub(crate) summary: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) sentiment: Option<String>,
}

/// A voicemail message.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct VoiceMessage {
    #[serde(deserialize_with = "id")]
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) origtime: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) caller: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) dialled: Option<String>,
    #[serde(deserialize_with = "integer")]
    pub(crate) duration: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(crate) folder: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(crate) is_new: Option<bool>,
}
