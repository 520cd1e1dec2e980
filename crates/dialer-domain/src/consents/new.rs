//! A new entry of the ledger: what whoever writes it down has to say, and what is refused.

use time::{Duration, OffsetDateTime};

use super::{ConsentAct, ConsentEvent, ConsentForm};
use crate::identity::Principal;
use crate::ids::{ConsentEventId, ContactId};
use crate::phone::PhoneNumber;
use crate::rules::Purpose;

/// What somebody writes down. See [`ConsentEvent`] for the fields.
#[derive(Clone, PartialEq, Eq)]
pub struct NewConsent {
    /// The number that may, or may not, be called.
    pub phone_number: PhoneNumber,
    /// The contact through whom it came.
    pub contact_id: Option<ContactId>,
    /// Granted or taken back.
    pub act: ConsentAct,
    /// How strong a grant is; a grant has to say it, a revocation must not.
    pub form: Option<ConsentForm>,
    /// For which calls; `None` for all of them.
    pub purpose: Option<Purpose>,
    /// How it reached us.
    pub channel: String,
    /// The text that was shown or read out.
    pub text_shown: Option<String>,
    /// Where the proof lies.
    pub evidence: Option<String>,
    /// When the person said it; `None` for now.
    pub happened_at: Option<OffsetDateTime>,
    /// When a grant ends by itself.
    pub expires_at: Option<OffsetDateTime>,
}

/// What is wrong with a new entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConsentError {
    /// The field.
    pub field: &'static str,
    /// A stable code.
    pub code: &'static str,
    /// What would do. Never holds the value itself.
    pub message: String,
}

impl ConsentEvent {
    /// Longest channel, in characters.
    pub const CHANNEL_MAX: usize = 40;
    /// Longest text that was shown, in characters.
    pub const TEXT_MAX: usize = 10_000;
    /// Longest word of where the proof lies, in characters.
    pub const EVIDENCE_MAX: usize = 2_000;
    /// How far ahead of ours the clock of whoever took the consent may be.
    pub const CLOCK_SKEW: Duration = Duration::minutes(5);

    /// An entry of the ledger of `writer`, written down at `now`.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn make(
        id: ConsentEventId,
        writer: Principal,
        new: NewConsent,
        now: OffsetDateTime,
    ) -> Result<Self, Vec<ConsentError>> {
        let mut errors = Vec::new();
        let mut wrong = |field, code, message: String| errors.push(ConsentError { field, code, message });
        let channel = new.channel.trim().to_owned();
        let happened_at = new.happened_at.unwrap_or(now);
        if channel.is_empty() {
            wrong("channel", "required", "say how it reached you, such as web-form, call, sms or letter".to_owned());
        }
        let texts = [
            ("channel", Some(&channel), Self::CHANNEL_MAX),
            ("text_shown", new.text_shown.as_ref(), Self::TEXT_MAX),
            ("evidence", new.evidence.as_ref(), Self::EVIDENCE_MAX),
        ];
        for (field, text, longest) in texts {
            if text.is_some_and(|text| text.chars().count() > longest) {
                wrong(field, "too_long", format!("use at most {longest} characters"));
            }
        }
        if happened_at > now + Self::CLOCK_SKEW {
            wrong("happened_at", "in_the_future", "use the instant at which it was said, which is past".to_owned());
        }
        let granted = new.act == ConsentAct::Granted;
        match new.form {
            None if granted => {
                wrong(
                    "form",
                    "required",
                    "say how strong the grant is: express, written, relationship or inquiry".into(),
                );
            }
            Some(_) if !granted => {
                wrong("form", "not_with_a_revocation", "leave it out: a revocation needs no form".to_owned());
            }
            _ => {}
        }
        if let Some(expires_at) = new.expires_at {
            if !granted {
                wrong("expires_at", "not_with_a_revocation", "leave it out: a revocation has no end".to_owned());
            } else if expires_at <= happened_at {
                wrong("expires_at", "reversed", "use an instant after happened_at".to_owned());
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            id,
            user_id: writer.user,
            phone_number: new.phone_number,
            contact_id: new.contact_id,
            act: new.act,
            form: new.form.unwrap_or(ConsentForm::Express),
            purpose: new.purpose,
            channel,
            text_shown: new.text_shown,
            evidence: new.evidence,
            happened_at,
            expires_at: new.expires_at,
            created_by: Some(writer.user),
            created_at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use time::macros::datetime;

    use super::*;
    use crate::identity::Role;
    use crate::ids::UserId;

    const NOW: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);

    fn granted() -> NewConsent {
        NewConsent {
            phone_number: PhoneNumber::parse("+447700900123", None).unwrap(),
            contact_id: None,
            act: ConsentAct::Granted,
            form: Some(ConsentForm::Written),
            purpose: Some(Purpose::Sales),
            channel: " web-form ".to_owned(),
            text_shown: Some("You may call me.".to_owned()),
            evidence: None,
            happened_at: None,
            expires_at: None,
        }
    }

    fn revoked() -> NewConsent {
        NewConsent { act: ConsentAct::Revoked, form: None, ..granted() }
    }

    fn make(new: NewConsent) -> Result<ConsentEvent, Vec<(&'static str, &'static str)>> {
        let writer = Principal { user: UserId::new(uuid::Uuid::nil()), role: Role::Agent };
        ConsentEvent::make(ConsentEventId::new(uuid::Uuid::nil()), writer, new, NOW)
            .map_err(|errors| errors.into_iter().map(|error| (error.field, error.code)).collect())
    }

    #[test]
    fn an_entry_without_an_instant_was_said_now() {
        let entry = make(granted()).unwrap();
        assert_eq!((entry.happened_at, entry.created_at, entry.channel.as_str()), (NOW, NOW, "web-form"));
        assert_eq!(make(revoked()).unwrap().form, ConsentForm::Express);
    }

    #[rstest]
    #[case(NewConsent { channel: "  ".to_owned(), ..granted() }, "channel", "required")]
    #[case(NewConsent { channel: "é".repeat(41), ..granted() }, "channel", "too_long")]
    #[case(NewConsent { text_shown: Some("a".repeat(10_001)), ..granted() }, "text_shown", "too_long")]
    #[case(NewConsent { evidence: Some("a".repeat(2_001)), ..granted() }, "evidence", "too_long")]
    #[case(NewConsent { form: None, ..granted() }, "form", "required")]
    #[case(NewConsent { form: Some(ConsentForm::Express), ..revoked() }, "form", "not_with_a_revocation")]
    #[case(NewConsent { happened_at: Some(NOW + Duration::minutes(6)), ..granted() }, "happened_at", "in_the_future")]
    #[case(NewConsent { expires_at: Some(NOW), ..granted() }, "expires_at", "reversed")]
    #[case(NewConsent { expires_at: Some(NOW + Duration::DAY), ..revoked() }, "expires_at", "not_with_a_revocation")]
    fn what_is_wrong_is_named(#[case] new: NewConsent, #[case] field: &'static str, #[case] code: &'static str) {
        assert_eq!(make(new).unwrap_err(), [(field, code)]);
    }

    #[rstest]
    #[case(NewConsent { channel: "é".repeat(40), ..granted() })]
    #[case(NewConsent { happened_at: Some(NOW + Duration::minutes(5)), ..granted() })]
    #[case(NewConsent { happened_at: Some(NOW - Duration::days(3650)), ..revoked() })]
    #[case(NewConsent { expires_at: Some(NOW + Duration::MICROSECOND), ..granted() })]
    fn what_just_fits_is_taken(#[case] new: NewConsent) {
        assert!(make(new).is_ok());
    }
}
