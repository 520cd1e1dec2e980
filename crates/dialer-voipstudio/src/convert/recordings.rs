//! Recordings, and what the provider makes of them.

use dialer_domain::recordings::Sentiment;
use dialer_domain::telephony::{AgentLine, ProviderRecording, ProviderRecordingId};
use serde_json::Value;

use super::{call_ids, digits, instant, normal, seconds};
use crate::wire;

/// A recording; `None` without an id. `address` says where the audio of one is.
pub(crate) fn recording(monitor: wire::Monitor, address: impl FnOnce(&str) -> String) -> Option<ProviderRecording> {
    let id = monitor.id?;
    Some(ProviderRecording {
        url: Some(address(&id)),
        id: ProviderRecordingId::new(id),
        call_ids: call_ids([
            monitor.live_id,
            monitor.call_id,
            monitor.parent_live_id,
            monitor.root_live_id,
            monitor.root_call_id,
        ]),
        agent: monitor.user_id.map(AgentLine::new),
        from_digits: monitor.caller.as_deref().and_then(digits),
        to_digits: monitor.called.as_deref().and_then(digits),
        started_at: monitor.timestamp.as_deref().and_then(instant),
        seconds: seconds(monitor.duration),
        size: monitor.size.and_then(|size| u64::try_from(size).ok()).filter(|size| *size > 0),
        transcript: transcript(&monitor.transcript),
        summary: monitor.summary,
        sentiment: monitor.sentiment.as_deref().and_then(sentiment),
    })
}

/// What was said: a text, or a list of what one after the other said, a line each.
fn transcript(told: &Value) -> Option<String> {
    let text = match told {
        Value::String(text) => text.trim().to_owned(),
        Value::Array(lines) => lines.iter().filter_map(line).collect::<Vec<_>>().join("\n"),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

fn line(told: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(line) = text(told) {
        return Some(line);
    }
    let said = told.get("text").and_then(text)?;
    Some(match told.get("speaker").and_then(text) {
        Some(speaker) => format!("{speaker}: {said}"),
        None => said,
    })
}

/// The provider's word for how it sounded; `None` for one that we do not know.
fn sentiment(word: &str) -> Option<Sentiment> {
    match normal(word).as_str() {
        "positive" | "very positive" => Some(Sentiment::Positive),
        "neutral" | "mixed" => Some(Sentiment::Neutral),
        "negative" | "very negative" => Some(Sentiment::Negative),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dialer_domain::telephony::ProviderCallId;
    use rstest::rstest;
    use serde_json::{from_value, json};
    use time::macros::datetime;

    fn read(row: Value) -> Option<ProviderRecording> {
        recording(from_value(row).unwrap(), |id| format!("https://provider.example/{id}"))
    }

    #[test]
    fn a_recording_is_read_with_its_parties_time_and_length() {
        let recording = read(json!({
            "id": 41, "timestamp": "2026-03-02 10:00:11", "caller": "+442079460001", "called": "447700900123",
            "duration": "20", "type": "O", "size": 40_960, "call_id": 5_100_000_018_i64, "root_call_id": "5100000017",
            "user_id": 10021, "summary": " Asked for an offer. ", "sentiment": "Very_Positive", "cx_score": 8,
            "transcript": "Hello.",
        }))
        .unwrap();
        assert_eq!(recording.id.as_str(), "41");
        assert_eq!(recording.call_ids, [ProviderCallId::new("5100000018"), ProviderCallId::new("5100000017")]);
        assert_eq!(recording.from_digits.as_deref(), Some("442079460001"));
        assert_eq!(recording.to_digits.as_deref(), Some("447700900123"));
        assert_eq!(recording.started_at, Some(datetime!(2026-03-02 10:00:11 UTC)));
        assert_eq!((recording.seconds, recording.size), (20, Some(40_960)));
        assert_eq!(recording.agent, Some(AgentLine::new("10021")));
        assert_eq!(recording.transcript.as_deref(), Some("Hello."));
        assert_eq!(recording.summary.as_deref(), Some("Asked for an offer."));
        assert_eq!(recording.sentiment, Some(Sentiment::Positive));
    }

    #[test]
    fn a_bare_recording_is_read_and_one_without_an_id_is_not() {
        let bare = read(json!({ "id": "41", "size": 0, "transcript": null, "sentiment": 7 })).unwrap();
        assert_eq!((bare.call_ids.len(), bare.size, bare.started_at), (0, None, None));
        assert_eq!((bare.transcript, bare.summary, bare.sentiment), (None, None, None));
        assert!(read(json!({ "size": 12 })).is_none());
    }

    #[rstest]
    #[case(json!("  "), None)]
    #[case(json!({ "text": "x" }), None)]
    #[case(json!([]), None)]
    #[case(json!(["One", "", 2, "Two"]), Some("One\nTwo"))]
    #[case(json!([{ "speaker": "Ana", "text": "Hi" }, { "text": "Yes" }, { "speaker": "Bo" }]), Some("Ana: Hi\nYes"))]
    fn a_transcript_is_a_text_or_lines(#[case] told: Value, #[case] text: Option<&str>) {
        assert_eq!(transcript(&told).as_deref(), text);
    }
}
