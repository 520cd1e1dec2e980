//! What a forecast is made from: the list, or a sample of it, and what the campaign's own calls tell.

use std::collections::HashSet;

use dialer_domain::agents::AgentState;
use dialer_domain::agents::history::StateSpan;
use dialer_domain::analytics::{CallsCounted, Period};
use dialer_domain::calls::Call;
use dialer_domain::campaigns::Campaign;
use dialer_domain::eligibility::reader::Case;
use dialer_domain::forecast::{CallSeen, Habits, learn};
use dialer_domain::identity::Scope;
use dialer_domain::ids::CallId;
use dialer_domain::store::{PageRequest, StoreError};
use dialer_domain::stores::Stores;
use time::{Duration, OffsetDateTime};

/// How much of a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Contacts up to which a list is read as a whole.
    pub whole: u64,
    /// Parts of a longer list that are read, evenly spread over it.
    pub parts: u64,
    /// Contacts of each part.
    pub part: u16,
}

impl Default for Sample {
    fn default() -> Self {
        Self { whole: 20_000, parts: 100, part: 200 }
    }
}

/// Contacts that are read at once of a list that is read as a whole.
const PAGE: u16 = 1_000;
/// The last calls of the campaign that tell of people.
const CALLS: u16 = 5_000;
/// How many of its agents tell how long they write up, and over how long before the last call.
const AGENTS: u16 = 10;
const LOOKED_BACK: Duration = Duration::days(7);

/// The campaign's contacts, with what a claim would decide from: all of them, or of a long list a sample in the order in which they
/// were added.
pub(super) async fn cases(
    stores: &Stores,
    scope: Scope,
    campaign: &Campaign,
    size: Sample,
    at: OffsetDateTime,
) -> Result<Vec<Case>, StoreError> {
    let eligibility = &stores.eligibility;
    let mut read: Vec<Case> = Vec::new();
    let mut reached = 0;
    if campaign.stats.total <= size.whole {
        loop {
            let page = eligibility.following(scope, campaign.id, reached, PAGE, at).await?;
            let Some((last, _)) = page.last() else { return Ok(read) };
            reached = *last;
            read.extend(page.into_iter().map(|(_, case)| case));
        }
    }
    for place in spread(stores, scope, campaign, size.parts).await? {
        let part = eligibility.following(scope, campaign.id, place.max(reached), size.part, at).await?;
        reached = part.last().map_or(reached, |(last, _)| *last);
        read.extend(part.into_iter().map(|(_, case)| case));
    }
    Ok(read)
}

/// Places in the order of the list, evenly spread over it.
async fn spread(stores: &Stores, scope: Scope, campaign: &Campaign, parts: u64) -> Result<Vec<u64>, StoreError> {
    let first = stores.contacts.following(scope, campaign.id, 0, 1).await?;
    let Some((first, _)) = first.first() else { return Ok(Vec::new()) };
    // Another campaign's contacts may stand in between, so the last place has to be found: where nobody follows.
    let (mut somebody, mut nobody) = (*first, *first + campaign.stats.total);
    while stores.contacts.following(scope, campaign.id, nobody, 1).await?.pop().is_some() {
        (somebody, nobody) = (nobody, nobody.saturating_mul(2));
    }
    while nobody - somebody > 1 {
        let middle = somebody + (nobody - somebody) / 2;
        if stores.contacts.following(scope, campaign.id, middle, 1).await?.is_empty() {
            nobody = middle;
        } else {
            somebody = middle;
        }
    }
    let length = nobody - *first;
    Ok((0..parts).map(|part| *first - 1 + part * length / parts).collect())
}

/// How the campaign's people answer and its agents work.
pub(super) async fn habits(stores: &Stores, scope: Scope, campaign: &Campaign) -> Result<Habits, StoreError> {
    let which = CallsCounted { campaign: Some(campaign.id), period: Period::default() };
    let calls: Vec<Call> = stores.analytics.recent_calls(scope, which, CALLS).await?;
    let spans = match calls.first() {
        Some(last) => spans(stores, scope, campaign, &calls, last.started_at).await?,
        None => Vec::new(),
    };
    let seen: Vec<CallSeen> = calls.iter().filter_map(|call| CallSeen::of(call, &campaign.timezone)).collect();
    Ok(learn(&seen, &spans))
}

/// What agents of the campaign did on these calls, and how long they looked at contacts before some.
async fn spans(
    stores: &Stores,
    scope: Scope,
    campaign: &Campaign,
    calls: &[Call],
    last: OffsetDateTime,
) -> Result<Vec<StateSpan>, StoreError> {
    let ours: HashSet<CallId> = calls.iter().map(|call| call.id).collect();
    let page = PageRequest::new(AGENTS, 0).unwrap_or_default();
    let mut spans = Vec::new();
    for assigned in stores.agents.agents(scope, campaign.id, page).await?.items {
        let Some(agent) = stores.profiles.of_user(assigned.user_id).await? else { continue };
        let history = stores.profiles.history(scope, agent.id, last - LOOKED_BACK, last + Duration::hours(1)).await?;
        let of_ours = |span: &StateSpan| span.call_id.is_some_and(|call| ours.contains(&call));
        spans.extend(history.into_iter().filter(|span| span.state == AgentState::Reserved || of_ours(span)));
    }
    Ok(spans)
}
