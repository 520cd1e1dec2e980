//! The port to the dialing horizon: plan, claim, complete.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::DialSlot;
use crate::calls::{Call, NewCall};
use crate::eligibility::Refusal;
use crate::identity::Scope;
use crate::ids::{CallId, CampaignId, ContactId, QueueEntryId, UserId};
use crate::leases::Lease;
use crate::store::StoreError;
use crate::telephony::AgentLine;

/// What planning did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Planned {
    /// Entries waiting in the horizon now.
    pub queued: u32,
    /// When the next contact that is not due yet becomes due; `None` when none will.
    pub next_due: Option<OffsetDateTime>,
}

/// What a claim gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claimed {
    /// The calls to place now, one a slot at most. Each has the id of its slot.
    pub calls: Vec<Call>,
    /// Contacts that were in the horizon and may not be called after all.
    pub refused: u32,
}

/// What taking one contact gave.
#[derive(Debug, Clone, PartialEq)]
pub enum ContactClaim {
    /// The call to place now.
    Call(Box<Call>),
    /// The contact may not be called now; what the refusal changes was written.
    Refused(Refusal),
}

/// The dialing horizon. What the engine alone uses has no scope, and is written under the `lease` of the node that paces the
/// campaign, in one transaction with a look at the lease as it is stored ([`Lease::paces`]). On a campaign that is not
/// there, each of these does nothing and is no error.
///
/// # Errors
/// [`StoreError::LeaseLost`] when there was something to write and the lease does not hold; nothing was written.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait DialQueue: Send + Sync {
    /// Fills the campaign's horizon up to `ids.len()` waiting entries with contacts that are due at `now`, have
    /// no entry yet and are not closed (one without a due time is due since it was added): callbacks first
    /// ([`super::priority`]), then by due time, then in the order they were added. Uses `ids` for the new entries.
    ///
    /// Callbacks that only one agent keeps ([`crate::agents::offers::promised_by`]) do not count, and are always added as far
    /// as there are ids: those of agents who are away fill no horizon, and keep nobody waiting.
    async fn plan(
        &self,
        campaign: CampaignId,
        lease: &Lease,
        ids: Vec<QueueEntryId>,
        now: OffsetDateTime,
    ) -> Result<Planned, StoreError>;

    /// Takes waiting entries, highest priority first, then earliest, and makes each a call by
    /// [`super::claim`]: eligibility once more, entry and contact → calling, `attempts + 1`, the call's row and
    /// event, all in one transaction. Entries whose contact is refused become skipped in the same transaction, and
    /// the next entry is tried for the slot.
    ///
    /// A slot whose agent is not ready any more stays without a call, and an entry goes only to a slot whose agent may take
    /// its contact ([`crate::agents::offers::may_take`]). An agent who gets a call takes
    /// [`crate::agents::AgentStep::Dial`] in the same transaction.
    ///
    /// Two concurrent claims never take the same contact. A suppression that was stored before the transaction
    /// began wins.
    async fn claim(
        &self,
        campaign: CampaignId,
        lease: &Lease,
        slots: Vec<DialSlot>,
        now: OffsetDateTime,
    ) -> Result<Claimed, StoreError>;

    /// Takes one contact out of turn, for a person who calls it now: as [`Self::claim`], decided and written by
    /// [`super::claim_as`] in one transaction. A waiting entry of the contact becomes calling; where there is
    /// none, one is made with `entry` as its id. Refused without any change when another agent has the contact
    /// ([`RefusalCode::Reserved`](crate::eligibility::RefusalCode::Reserved)), or when the person has a profile and something
    /// else to do ([`RefusalCode::AgentBusy`](crate::eligibility::RefusalCode::AgentBusy)). `None` when the scope has no such
    /// contact. Needs no lease: a person asks any node.
    async fn claim_contact(
        &self,
        scope: Scope,
        contact: ContactId,
        entry: QueueEntryId,
        intent: NewCall,
        now: OffsetDateTime,
    ) -> Result<Option<ContactClaim>, StoreError>;

    /// Gives the customer of a call ahead of agents who waits to `agent` by [`super::hand_over`], in one transaction with its
    /// event; an agent with a profile takes [`crate::agents::AgentStep::Dial`]. `None`, without any change, when the customer
    /// does not wait any more or the agent is not ready. Needs no lease: what the call's row says decides.
    async fn hand_over(
        &self,
        call: CallId,
        agent: &AgentLine,
        user: Option<UserId>,
        now: OffsetDateTime,
    ) -> Result<Option<Call>, StoreError>;

    /// Makes an active campaign completed, with its event, when it has contacts and none of them is live or can
    /// ever be due again. True when this call did it.
    async fn complete_if_spent(
        &self,
        campaign: CampaignId,
        lease: &Lease,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;
}
