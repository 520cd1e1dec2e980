//! Dialog-info documents (RFC 4235).

use dialer_domain::telephony::LiveState;

use super::knobs::{SipKnobs, SipVersions};
use crate::carrier::dialogs::PhoneDialog;

/// What documents of an account have in common.
pub(super) struct Letterhead<'a> {
    pub(super) domain: &'a str,
    pub(super) user: u64,
    pub(super) knobs: &'a SipKnobs,
}

impl Letterhead<'_> {
    /// The document number `version`, listing `dialogs`.
    pub(super) fn document(&self, version: u32, full: bool, dialogs: &[PhoneDialog]) -> String {
        let version = match self.knobs.versions {
            SipVersions::Counted => version.to_string(),
            SipVersions::AlwaysZero => "0".to_owned(),
            SipVersions::Words => "latest".to_owned(),
        };
        let state = if full { "full" } else { "partial" };
        let (user, domain) = (self.user, self.domain);
        let dialogs: String = dialogs.iter().map(|dialog| self.dialog(dialog)).collect();
        let (root, oddity) = if self.knobs.oddities {
            (r#"xmlns:sa="urn:example:oddities" sa:mood="fine" "#, r#"<sa:queue depth="3"><dialog/></sa:queue>"#)
        } else {
            ("", "")
        };
        format!(
            "<?xml version=\"1.0\"?>\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" {root}\
             version=\"{version}\" state=\"{state}\" entity=\"sip:{user}@{domain}\">{oddity}{dialogs}</dialog-info>\n"
        )
    }

    fn dialog(&self, dialog: &PhoneDialog) -> String {
        let (user, domain) = (self.user, self.domain);
        let PhoneDialog { leg_id, state, inbound, number, started_at } = dialog;
        let direction = if *inbound { "receiver" } else { "initiator" };
        let rendering = if *state == LiveState::OnHold { r#"<param pname="+sip.rendering" pval="no"/>"# } else { "" };
        let oddity = if self.knobs.oddities {
            r#"<duration>x</duration><sa:note xmlns:sa="urn:example:oddities">&lt;?&amp;</sa:note>"#
        } else {
            ""
        };
        let word = word(*state);
        let started_at = started_at.unix_timestamp();
        format!(
            "<dialog id=\"{leg_id}-{user}\" call-id=\"c{leg_id}\" direction=\"{direction}\">{oddity}\
             <state>{word}</state>\
             <local><identity>sip:{user}@{domain}</identity><target uri=\"sip:{user}@{domain}\">\
             <param pname=\"timestamp.start\" pval=\"{started_at}\"/><param pname=\"context\" pval=\"LOCAL_USER\"/>\
             {rendering}</target></local>\
             <remote><identity>sip:{number}@{domain}</identity><target uri=\"sip:{number}@{domain}\"/></remote>\
             </dialog>"
        )
    }
}

fn word(state: LiveState) -> &'static str {
    match state {
        LiveState::Initial | LiveState::Unknown => "trying",
        LiveState::Ringing => "early",
        LiveState::Connected | LiveState::OnHold => "confirmed",
        LiveState::HangUp => "terminated",
    }
}
