//! Why nothing is dialling, why a contact is not called, what became of a call: collected here, explained by the domain.

use dialer_domain::calls::Call;
use dialer_domain::contacts::Contact;
use dialer_domain::events::Event;
use dialer_domain::explain::{
    CallExplanation, CampaignExplanation, CampaignSnapshot, ContactExplanation, ContactSnapshot, EngineSight, Pacer,
    WhatIf, explain_call, explain_campaign, explain_contact,
};
use dialer_domain::identity::Scope;
use dialer_domain::ids::{CallId, CampaignId, ContactId};
use dialer_domain::leases::LeaseName;
use dialer_domain::receipts::Receipt;
use dialer_domain::rules::LedgerEntry;
use dialer_domain::store::PageRequest;
use time::OffsetDateTime;

use crate::engine::{EngineHandle, Paced};
use crate::error::UseCaseError;
use crate::ports::Ports;

/// What became of a call, and why it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct CallStory {
    /// The call.
    pub call: Call,
    /// Its steps and what it came to.
    pub explanation: CallExplanation,
    /// Why it was allowed, for its owner; `None` where no campaign placed it.
    pub receipt: Option<Receipt>,
}

/// Explains.
#[derive(Clone)]
pub struct Explain {
    ports: Ports,
    engine: Option<EngineHandle>,
}

impl Explain {
    /// Beside the engine that `engine` is a handle on.
    #[must_use]
    pub const fn beside(ports: Ports, engine: EngineHandle) -> Self {
        Self { ports, engine: Some(engine) }
    }

    /// On the database alone: what only a running engine knows is not known.
    #[must_use]
    pub const fn from_outside(ports: Ports) -> Self {
        Self { ports, engine: None }
    }

    /// Why a campaign does not dial, or that it does.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] also for an assigned agent.
    pub async fn campaign(
        &self,
        scope: Scope,
        id: CampaignId,
    ) -> Result<(CampaignSnapshot, CampaignExplanation), UseCaseError> {
        const MISSING: UseCaseError = UseCaseError::NotFound("campaign");
        let stores = &self.ports.stores;
        let campaign = stores.campaigns.get(scope, id).await?.filter(|campaign| scope.covers(campaign.user_id));
        let campaign = campaign.ok_or(MISSING)?;
        let now = self.ports.clock.now();
        let standing = stores.standings.standing(scope, id, now).await?.ok_or(MISSING)?;
        let first = PageRequest::default();
        let assigned = stores.agents.agents(scope, id, first).await?.total;
        let engine = self.engine();
        let team = match assigned {
            0 => None,
            assigned => Some(stores.desk.crew().await?.of_campaign(id, assigned)),
        };
        let holder = stores.leases.holder(LeaseName::Campaign(id)).await?;
        let own = self.engine.as_ref().and_then(|engine| engine.status().node);
        let pacer = match holder {
            None => Pacer::Nobody,
            Some(holder) if Some(holder.node) == own => Pacer::ThisProgram,
            Some(holder) => Pacer::Another { name: format!("node {}", holder.node) },
        };
        let snapshot = CampaignSnapshot { campaign, standing, assigned, team, engine, pacer };
        let explanation = explain_campaign(&snapshot, now);
        Ok((snapshot, explanation))
    }

    /// What the pacer of this program decided last about a campaign.
    #[must_use]
    pub fn pacing(&self, id: CampaignId) -> Option<Paced> {
        self.engine.as_ref()?.pacing(id)
    }

    /// How each rule that limits abandoned calls stands for a campaign.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] when the scope owns no such campaign.
    pub async fn abandonment(&self, scope: Scope, id: CampaignId) -> Result<Vec<LedgerEntry>, UseCaseError> {
        let campaign = self.ports.stores.campaigns.get(scope, id).await?;
        if !campaign.is_some_and(|campaign| scope.covers(campaign.user_id)) {
            return Err(UseCaseError::NotFound("campaign"));
        }
        let now = self.ports.clock.now();
        let ledger = self.ports.stores.eligibility.ledger(scope, id, now).await?;
        ledger.ok_or(UseCaseError::NotFound("campaign"))
    }

    fn engine(&self) -> Option<EngineSight> {
        let status = self.engine.as_ref()?.status();
        Some(EngineSight {
            phase: status.phase,
            reason: status.reason,
            closed_until: status.closed_until,
            agents: status.crew,
            capabilities: self.ports.telephony.capabilities(),
            budget: self.ports.telephony.budget(),
        })
    }

    /// The story of a call, for its owner and the agent who handled it.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`].
    pub async fn call(&self, scope: Scope, id: CallId) -> Result<CallStory, UseCaseError> {
        let call = self.ports.stores.calls.get(scope, id).await?.ok_or(UseCaseError::NotFound("call"))?;
        let events = self.events_of(id).await?;
        let explanation = explain_call(&call, &events);
        let receipt = self.ports.stores.receipts.receipt(scope, id).await?;
        Ok(CallStory { call, explanation, receipt })
    }

    /// Whoever may see a call may read what happened to it; its events belong to its owner.
    async fn events_of(&self, call: CallId) -> Result<Vec<Event>, UseCaseError> {
        const PAGE: u16 = 500;
        let mut all: Vec<Event> = Vec::new();
        loop {
            let seq = all.last().map_or(0, |last| last.seq);
            let next = self.ports.stores.events.of_call(Scope::Service, call, seq, PAGE).await?;
            let more = next.len() == usize::from(PAGE);
            all.extend(next);
            if !more {
                return Ok(all);
            }
        }
    }

    /// A campaign's contacts by what a claim would decide about each at `at`, or now, if the campaign were dialling.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] also for an assigned agent.
    pub async fn what_if(
        &self,
        scope: Scope,
        id: CampaignId,
        at: Option<OffsetDateTime>,
    ) -> Result<WhatIf, UseCaseError> {
        const PAGE: u16 = 1_000;
        let stores = &self.ports.stores;
        let campaign = stores.campaigns.get(scope, id).await?.filter(|campaign| scope.covers(campaign.user_id));
        let campaign = campaign.ok_or(UseCaseError::NotFound("campaign"))?;
        let at = at.unwrap_or_else(|| self.ports.clock.now());
        let circumstances = stores.eligibility.circumstances(campaign.user_id, at).await?;
        let mut what_if = WhatIf::at(at);
        let mut after = None;
        loop {
            let cases = stores.eligibility.cases(scope, id, after, PAGE, at).await?;
            for case in &cases {
                what_if.count(&campaign, case, &circumstances);
            }
            match cases.last() {
                Some(last) if cases.len() == usize::from(PAGE) => after = Some(last.contact.id),
                _ => return Ok(what_if),
            }
        }
    }

    /// Whether a contact may be called now, for whoever may read the contact.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`].
    pub async fn contact(&self, scope: Scope, id: ContactId) -> Result<(Contact, ContactExplanation), UseCaseError> {
        const MISSING: UseCaseError = UseCaseError::NotFound("contact");
        let stores = &self.ports.stores;
        let now = self.ports.clock.now();
        let contact = stores.contacts.get(scope, id).await?.ok_or(MISSING)?;
        let campaign = stores.campaigns.get(scope, contact.campaign_id).await?.ok_or(MISSING)?;
        let number = &contact.person.phone_number;
        let suppression = stores.suppressions.binding(campaign.user_id, number, campaign.id).await?;
        let open = stores.calls.open().await?;
        let live_since = open.iter().find(|call| call.contact_id == Some(id)).map(|call| call.started_at);
        let snapshot = ContactSnapshot { campaign, contact, suppression, live_since };
        let owner = snapshot.campaign.user_id;
        let at = stores.eligibility.circumstances(owner, now).await?;
        let case = stores.eligibility.case(Scope::User(owner), id, now).await?.ok_or(MISSING)?;
        let rules = at.facts(&snapshot.campaign, &case.dossier);
        let explanation = explain_contact(&snapshot, rules, &at.governing.book, now);
        Ok((snapshot.contact, explanation))
    }
}
