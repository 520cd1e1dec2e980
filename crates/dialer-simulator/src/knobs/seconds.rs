//! Lengths of time in settings: numbers of seconds, whole or not.

use serde::{Deserialize, Deserializer, Serializer};
use time::Duration;

/// Longer than any run lasts.
const MOST: f64 = 1e9;

fn whole_or_not<S: Serializer>(duration: Duration, serializer: S) -> Result<S::Ok, S::Error> {
    if duration.subsec_nanoseconds() == 0 {
        serializer.serialize_i64(duration.whole_seconds())
    } else {
        serializer.serialize_f64(duration.as_seconds_f64())
    }
}

fn length<E: serde::de::Error>(seconds: f64) -> Result<Duration, E> {
    if !(0.0..=MOST).contains(&seconds) {
        return Err(E::custom(format_args!("{seconds} is not a number of seconds from 0")));
    }
    Ok(Duration::saturating_seconds_f64(seconds))
}

pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    whole_or_not(*duration, serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    length(f64::deserialize(deserializer)?)
}

/// The same, where there may be none: `null`, or 0.
pub(super) mod or_never {
    use serde::{Deserialize, Deserializer, Serializer};
    use time::Duration;

    use super::{length, whole_or_not};

    #[expect(clippy::ref_option, reason = "serde passes fields so")]
    pub(in crate::knobs) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match duration {
            Some(duration) => whole_or_not(*duration, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::knobs) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let length = Option::<f64>::deserialize(deserializer)?.map(length).transpose()?;
        Ok(length.filter(|length| length.is_positive()))
    }
}
