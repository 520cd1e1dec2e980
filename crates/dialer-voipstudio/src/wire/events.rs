//! The body of a webhook. One shape for all events: each carries some of these.

use serde::Deserialize;

use super::{flag, id, integer, text};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    #[serde(deserialize_with = "text")]
    pub(crate) id: Option<String>,
    #[serde(rename = "event_time", deserialize_with = "text")]
    pub(crate) at: Option<String>,
    #[serde(rename = "event_name", deserialize_with = "text")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) call_id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) root_call_id: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) monitor_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) state: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) start_time: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) connected_at: Option<String>,
    #[serde(deserialize_with = "integer")]
    pub(crate) duration: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(crate) destination: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) src: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) src_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) dst: Option<String>,
    #[serde(deserialize_with = "id")]
    pub(crate) dst_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) t_cause: Option<String>,
    #[serde(rename = "final", deserialize_with = "flag")]
    pub(crate) last: Option<bool>,
}
