//! The do-not-call list, as its owner keeps it.

use std::collections::{HashMap, HashSet};

use dialer_domain::identity::Principal;
use dialer_domain::ids::{CampaignId, SuppressionId};
use dialer_domain::phone::{PhoneNumber, Region};
use dialer_domain::store::{Page, PageRequest, StoreError};
use dialer_domain::stores::Stores;
use dialer_domain::suppression::{Suppression, SuppressionFilter, SuppressionSource};

use crate::error::UseCaseError;
use crate::ports::Ports;

/// A number for the do-not-call list, as somebody wrote it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SuppressionInput {
    /// The number, in any common spelling.
    pub phone_number: String,
    /// The id of the campaign that it binds; left out or blank, all of them.
    pub campaign_id: Option<String>,
    /// Why, in words.
    pub reason: Option<String>,
}

/// A number that was not added, and why.
#[derive(Clone, PartialEq, Eq)]
pub struct NotSuppressed {
    /// Its index in what was given, from 0.
    pub index: usize,
    /// The number as given, cut at 40 characters.
    pub phone_number: String,
    /// A stable code: that of a [`dialer_domain::phone::PhoneNumberError`], `too_long`, `duplicate_in_file`,
    /// `unknown_campaign` or `already_suppressed`.
    pub code: &'static str,
    /// Why, in words.
    pub message: String,
}

/// What became of a list of numbers.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SuppressedNumbers {
    /// How many were added.
    pub added: usize,
    /// Those that were not, in the order given.
    pub skipped: Vec<NotSuppressed>,
}

/// What owners do with their do-not-call list.
#[derive(Clone)]
pub struct Suppressions {
    ports: Ports,
    default_region: Option<Region>,
}

impl Suppressions {
    /// Most numbers in one call of [`Self::add_all`].
    pub const MAX_BATCH: usize = 10_000;

    /// On these ports. Numbers without a country code are read as written inside `default_region`.
    #[must_use]
    pub const fn new(ports: Ports, default_region: Option<Region>) -> Self {
        Self { ports, default_region }
    }

    /// The same on other stores, such as those of a unit of work.
    #[must_use]
    pub fn on(&self, stores: Stores) -> Self {
        Self { ports: Ports { stores, ..self.ports.clone() }, ..self.clone() }
    }

    /// What these use cases stand on.
    pub(crate) const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Puts a number on the list, for one campaign or all of them. From then on no claim takes it. The second value is false when
    /// it was there already.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] when the campaign is none of who asks.
    pub async fn add(
        &self,
        who: Principal,
        phone_number: PhoneNumber,
        campaign: Option<CampaignId>,
        reason: Option<String>,
    ) -> Result<(Suppression, bool), UseCaseError> {
        let entry = self.entry(who, phone_number, campaign, reason, SuppressionSource::Api);
        let suppressions = &self.ports.stores.suppressions;
        let added = suppressions.suppress(&entry).await.map_err(|error| match error {
            StoreError::MissingReference { .. } => UseCaseError::NotFound("campaign"),
            error => error.into(),
        })?;
        let stored = suppressions.find(who.user, &entry.phone_number, entry.campaign_id).await?;
        // Lifted again in this moment: what was asked for was done.
        Ok((stored.unwrap_or(entry), added))
    }

    /// Puts many numbers on the list in one transaction. Those that cannot be read are reported, the rest is stored.
    pub async fn add_all(
        &self,
        who: Principal,
        inputs: Vec<SuppressionInput>,
        source: SuppressionSource,
    ) -> Result<SuppressedNumbers, UseCaseError> {
        let mut seen = HashSet::new();
        let mut skipped = Vec::new();
        let mut entries = Vec::with_capacity(inputs.len());
        let mut places = Vec::with_capacity(inputs.len());
        let campaigns = self.own_campaigns(who, &inputs).await?;
        for (index, input) in inputs.into_iter().enumerate() {
            let given: String = input.phone_number.chars().take(40).collect();
            let mut skip = |code, message: String| {
                skipped.push(NotSuppressed { index, phone_number: given.clone(), code, message });
            };
            if input.reason.as_ref().is_some_and(|reason| reason.chars().count() > Suppression::MAX_REASON) {
                skip("too_long", format!("use at most {} characters for the reason", Suppression::MAX_REASON));
                continue;
            }
            let campaign = match input.campaign_id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
                None => None,
                Some(id) => {
                    let Some(campaign) = campaigns.get(id) else {
                        skip("unknown_campaign", "the campaign is none of yours".to_owned());
                        continue;
                    };
                    Some(*campaign)
                }
            };
            match PhoneNumber::parse(&input.phone_number, self.default_region) {
                Err(error) => skip(error.code(), error.to_string()),
                Ok(number) if !seen.insert((number.clone(), campaign)) => {
                    skip("duplicate_in_file", "the same number came earlier in this list".to_owned());
                }
                Ok(number) => {
                    entries.push(self.entry(who, number, campaign, input.reason, source));
                    places.push((index, given));
                }
            }
        }
        let ids: Vec<SuppressionId> = entries.iter().map(|entry| entry.id).collect();
        let added: HashSet<SuppressionId> =
            self.ports.stores.suppressions.suppress_all(who.user, entries).await?.into_iter().collect();
        for (id, (index, phone_number)) in ids.iter().zip(places) {
            if !added.contains(id) {
                let message = "the number is on the list already".to_owned();
                skipped.push(NotSuppressed { index, phone_number, code: "already_suppressed", message });
            }
        }
        skipped.sort_by_key(|row| row.index);
        Ok(SuppressedNumbers { added: added.len(), skipped })
    }

    /// The campaigns that inputs name and that belong to who asks, by the text that names them.
    async fn own_campaigns(
        &self,
        who: Principal,
        inputs: &[SuppressionInput],
    ) -> Result<HashMap<String, CampaignId>, UseCaseError> {
        let named: HashSet<&str> =
            inputs.iter().filter_map(|input| input.campaign_id.as_deref()).map(str::trim).collect();
        let mut own = HashMap::new();
        for text in named {
            let Ok(id) = text.parse::<CampaignId>() else { continue };
            let found = self.ports.stores.campaigns.get(who.scope(), id).await?;
            if found.is_some_and(|campaign| campaign.user_id == who.user) {
                own.insert(text.to_owned(), id);
            }
        }
        Ok(own)
    }

    pub(crate) fn entry(
        &self,
        who: Principal,
        phone_number: PhoneNumber,
        campaign_id: Option<CampaignId>,
        reason: Option<String>,
        source: SuppressionSource,
    ) -> Suppression {
        Suppression {
            id: SuppressionId::generate(self.ports.ids.as_ref()),
            user_id: who.user,
            phone_number,
            campaign_id,
            reason,
            source: Some(source),
            created_by: Some(who.user),
            created_at: self.ports.clock.now(),
        }
    }

    /// The entry that keeps who asks from calling a number, if there is one: in a campaign, or outside of any.
    pub async fn check(
        &self,
        who: Principal,
        number: &PhoneNumber,
        campaign: Option<CampaignId>,
    ) -> Result<Option<Suppression>, UseCaseError> {
        let suppressions = &self.ports.stores.suppressions;
        Ok(match campaign {
            Some(campaign) => suppressions.binding(who.user, number, campaign).await?,
            None => suppressions.find(who.user, number, None).await?,
        })
    }

    /// One entry.
    pub async fn get(&self, who: Principal, id: SuppressionId) -> Result<Suppression, UseCaseError> {
        self.ports.stores.suppressions.get(who.user, id).await?.ok_or(UseCaseError::NotFound("do-not-call entry"))
    }

    /// Entries, latest first.
    pub async fn list(
        &self,
        who: Principal,
        filter: SuppressionFilter,
        page: PageRequest,
    ) -> Result<Page<Suppression>, UseCaseError> {
        Ok(self.ports.stores.suppressions.list(who.user, filter, page).await?)
    }

    /// Up to `limit` entries after one, in the order of the numbers: for reading all of them in turn.
    pub async fn following(
        &self,
        who: Principal,
        after: Option<(PhoneNumber, SuppressionId)>,
        limit: u16,
    ) -> Result<Vec<Suppression>, UseCaseError> {
        Ok(self.ports.stores.suppressions.following(who.user, after, limit).await?)
    }

    /// Takes a number off the list. The reason stays in the event log.
    pub async fn lift(&self, who: Principal, id: SuppressionId, reason: String) -> Result<(), UseCaseError> {
        let entry = self.get(who, id).await?;
        let now = self.ports.clock.now();
        let (number, campaign) = (&entry.phone_number, entry.campaign_id);
        let lifted = self.ports.stores.suppressions.lift(who.user, number, campaign, Some(reason), now).await?;
        if lifted { Ok(()) } else { Err(UseCaseError::NotFound("do-not-call entry")) }
    }
}
