//! Calls that come in.

use dialer_domain::calls::inbound::contact_of;
use dialer_domain::queue::written_event;
use dialer_domain::telephony::ProviderCallId;
use dialer_domain::{Call, Contact};

use super::State;

impl State {
    /// `CallStore::receive`.
    pub(super) fn receive(&mut self, call: &Call, names: &[ProviderCallId]) -> Option<Call> {
        if names.iter().any(|name| self.provider_ids.contains_key(name)) {
            return None;
        }
        let of_owner = |contact: &&Contact| {
            let owner = self.campaigns.get(&contact.campaign_id).map(|campaign| campaign.user_id);
            owner == Some(call.user_id) && Some(&contact.person.phone_number) == call.from_number.as_ref()
        };
        let contacts: Vec<Contact> = self.contacts.values().filter(of_owner).cloned().collect();
        let contact = contact_of(&contacts).filter(|contact| !self.is_live(contact.id));
        let received = Call {
            contact_id: contact.map(|contact| contact.id),
            campaign_id: contact.map(|contact| contact.campaign_id),
            ..call.clone()
        };
        self.log(written_event(&received));
        self.put_call(received.clone());
        Some(received)
    }
}
