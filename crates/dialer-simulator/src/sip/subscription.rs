//! One subscription to the dialogs of a user's phone.

use std::collections::BTreeMap;

use dialer_domain::telephony::LiveState;
use rsipstack::sip::{Header, Method, Request, Uri, Version};
use time::{Duration, OffsetDateTime};

use super::document::Letterhead;
use super::knobs::{SipBodies, SipKnobs};
use crate::carrier::dialogs::PhoneDialog;

/// A granted subscription.
pub(super) struct Subscription {
    /// The user whose phone is watched.
    pub(super) user: u64,
    pub(super) call_id: String,
    /// The subscriber's `From`, tag included, and where they want to be reached.
    pub(super) subscriber: String,
    pub(super) contact: Uri,
    /// Our tag of the SIP dialog.
    pub(super) tag: String,
    pub(super) until: OffsetDateTime,
    /// The dialogs last told, by leg.
    told: BTreeMap<u64, PhoneDialog>,
    version: u32,
    /// NOTIFY requests so far.
    pub(super) notified: u32,
    cseq: u32,
}

/// What a NOTIFY is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// The subscription was asked for or renewed: everything is told.
    Asked,
    /// Something may have changed.
    Change,
    /// The subscription is over, for this reason.
    End(&'static str),
}

impl Subscription {
    pub(super) fn new(user: u64, call_id: String, subscriber: String, contact: Uri, tag: String) -> Self {
        Self {
            user,
            call_id,
            subscriber,
            contact,
            tag,
            until: OffsetDateTime::UNIX_EPOCH,
            told: BTreeMap::new(),
            version: 0,
            notified: 0,
            cseq: 0,
        }
    }

    pub(super) fn extend(&mut self, now: OffsetDateTime, seconds: u32) {
        self.until = now + Duration::seconds(seconds.into());
    }

    /// The NOTIFY that tells how the phone stands; `None` when there is nothing to tell.
    pub(super) fn notify(
        &mut self,
        occasion: Occasion,
        dialogs: Vec<PhoneDialog>,
        domain: &str,
        knobs: &SipKnobs,
        now: OffsetDateTime,
    ) -> Option<Vec<u8>> {
        let (living, mut changed) = self.take_in(dialogs);
        if occasion == Occasion::Change && changed.is_empty() {
            return None;
        }
        let full = occasion != Occasion::Change || knobs.bodies == SipBodies::Full;
        if full {
            changed = living;
        }
        let mut document = Letterhead { domain, user: self.user, knobs }.document(self.version, full, &changed);
        if knobs.garble == Some(self.notified) {
            document.truncate(document.len() / 2);
        }
        let state = match occasion {
            Occasion::End(reason) => format!("terminated;reason={reason}"),
            Occasion::Asked | Occasion::Change => format!("active;expires={}", (self.until - now).whole_seconds()),
        };
        self.version += 1;
        self.notified += 1;
        self.cseq += 1;
        Some(self.request(domain, &state, document))
    }

    /// Compares `dialogs` with what was told: all that are not over, and those that are new, changed or over.
    fn take_in(&mut self, dialogs: Vec<PhoneDialog>) -> (Vec<PhoneDialog>, Vec<PhoneDialog>) {
        let living: BTreeMap<u64, PhoneDialog> = dialogs
            .into_iter()
            .filter(|dialog| dialog.state != LiveState::HangUp)
            .map(|dialog| (dialog.leg_id, dialog))
            .collect();
        let told = std::mem::replace(&mut self.told, living.clone());
        let new = living.values().filter(|dialog| told.get(&dialog.leg_id) != Some(dialog)).cloned();
        let mut changed: Vec<_> = new.collect();
        let over = told.into_values().filter(|dialog| !living.contains_key(&dialog.leg_id));
        changed.extend(over.map(|dialog| PhoneDialog { state: LiveState::HangUp, ..dialog }));
        (living.into_values().collect(), changed)
    }

    fn request(&self, domain: &str, state: &str, document: String) -> Vec<u8> {
        let Self { user, tag, cseq, .. } = self;
        let headers = vec![
            Header::Via(format!("SIP/2.0/WS {domain};branch=z9hG4bK{tag}{cseq}").into()),
            Header::MaxForwards("70".into()),
            Header::From(format!("<sip:{user}@{domain}>;tag={tag}").into()),
            Header::To(self.subscriber.as_str().into()),
            Header::CallId(self.call_id.as_str().into()),
            Header::CSeq(format!("{cseq} NOTIFY").into()),
            Header::Contact(format!("<sip:{domain};transport=ws>").into()),
            Header::Event("dialog".into()),
            Header::SubscriptionState(state.into()),
            Header::ContentType("application/dialog-info+xml".into()),
            Header::ContentLength(document.len().to_string().into()),
        ];
        let request = Request {
            method: Method::Notify,
            uri: self.contact.clone(),
            version: Version::V2,
            headers: headers.into(),
            body: document.into_bytes(),
        };
        request.to_bytes()
    }
}
