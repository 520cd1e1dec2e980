//! Turning knobs by name, as files, command lines and requests do.

use serde_json::Value;

use super::Knobs;
use crate::carrier::settings::SettingsError;

impl Knobs {
    /// The knobs, with those that `change` names turned: a JSON object as it is read from a file. Groups of knobs are
    /// turned one by one too.
    ///
    /// # Errors
    /// [`TurnError`] names the knob.
    pub fn turned(&self, change: Value) -> Result<Self, TurnError> {
        let mut all = serde_json::to_value(self).map_err(TurnError::Unreadable)?;
        merge(&mut all, change);
        let turned: Self = serde_path_to_error::deserialize(all).map_err(|error| {
            let knob = error.path().to_string();
            TurnError::Knob { knob, source: error.into_inner() }
        })?;
        turned.validate()?;
        Ok(turned)
    }
}

/// Why knobs are not turned.
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// A knob does not exist, or cannot stand so.
    #[error("knob `{knob}`: {source}")]
    Knob {
        /// Its name, with the groups that it is in.
        knob: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A knob stands where it makes no sense.
    #[error("knob {0}")]
    Senseless(#[from] SettingsError),
    /// The knobs as they stand cannot be written down.
    #[error("the knobs cannot be written down: {0}")]
    Unreadable(#[source] serde_json::Error),
}

/// Groups that are merged; other values are replaced as a whole.
const GROUPS: [&str; 3] = ["recordings", "webhooks", "faults"];

fn merge(all: &mut Value, change: Value) {
    let (Value::Object(all), Value::Object(change)) = (all, change) else { return };
    for (name, value) in change {
        match (all.get_mut(&name), value) {
            (Some(Value::Object(group)), Value::Object(change)) if GROUPS.contains(&name.as_str()) => {
                group.extend(change);
            }
            (_, value) => drop(all.insert(name, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Legs, WebhookKnobs};
    use super::*;

    #[test]
    fn turning_some_knobs_leaves_the_others_and_an_error_names_the_knob() {
        let before = Knobs { gone_status: 410, ..Knobs::default() };
        let turned = before.turned(json!({ "webhooks": { "lost": 0.1 }, "live_legs": "two" })).unwrap();
        let webhooks = WebhookKnobs { lost: 0.1, ..WebhookKnobs::default() };
        assert_eq!(turned, Knobs { webhooks, live_legs: Legs::Two, gone_status: 410, ..Knobs::default() });
        let error = |change: Value| before.turned(change).unwrap_err().to_string();
        assert!(error(json!({ "webhooks": { "lost": "some" } })).contains("`webhooks.lost`"));
        assert!(error(json!({ "weebhooks": {} })).contains("weebhooks"));
        assert!(error(json!({ "late_cdrs": 7 })).contains("`late_cdrs` must be from 0 to 1"));
    }
}
