//! What happens to the account from outside: calls and messages come in.

use super::ProviderDouble;
use super::provider::Provider;
use super::webhooks::payload::ReceivedSms;

/// The account has no such user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no user {0}")]
pub struct UnknownUser(pub u64);

/// Nobody talks in this call now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("call {0} is not connected")]
pub struct NotConnected(pub u64);

impl Provider {
    /// A call for a user, and its id.
    pub(super) fn receive_call(&self, from: &str, user: u64) -> Result<u64, UnknownUser> {
        self.carrier.receive(from.to_owned(), user).map_err(|_| UnknownUser(user))
    }

    /// A text message to one of the account's numbers.
    pub(super) fn receive_sms(&self, from: &str, to: &str, text: &str) {
        let nth = self.messages.receive(from, to, text, self.clock.now());
        let owner = self.carrier.users().iter().find(|user| user.cli.as_deref() == Some(to));
        let user = owner.or(self.carrier.users().first()).map_or(0, |user| user.id);
        self.webhooks.tell_sms(&ReceivedSms { user, from, to, text }, nth);
    }

    /// A voice message for one of the account's numbers, and its id.
    pub(super) fn receive_voice_message(&self, from: &str, to: &str, seconds: u32) -> u64 {
        self.voice_messages.leave(from, to, seconds, self.clock.now())
    }
}

impl ProviderDouble {
    /// Lets a customer with the number `from` (digits, no `+`) call a user's phone. It rings, and is picked up or not
    /// as the carrier's settings say; where the user has no phone or the line is taken, nobody answers.
    ///
    /// # Errors
    /// [`UnknownUser`].
    pub fn receive_call(&self, from: &str, user: u64) -> Result<u64, UnknownUser> {
        self.provider.receive_call(from, user)
    }

    /// Lets a text message come in, from digits or a name, for one of the account's numbers (digits).
    pub fn receive_sms(&self, from: &str, to: &str, text: &str) {
        self.provider.receive_sms(from, to, text);
    }

    /// Lets a caller leave a message of so many seconds; its id. Both numbers as digits.
    #[expect(clippy::must_use_candidate, reason = "the message is left, whoever needs its id")]
    pub fn receive_voice_message(&self, from: &str, to: &str, seconds: u32) -> u64 {
        self.provider.receive_voice_message(from, to, seconds)
    }

    /// The agent of a connected call puts the customer on hold, or takes them back.
    ///
    /// # Errors
    /// [`NotConnected`].
    pub fn set_on_hold(&self, call: u64, on: bool) -> Result<(), NotConnected> {
        self.provider.carrier.set_on_hold(call, on).map_err(|_| NotConnected(call))
    }
}
