//! Counts of contacts by what stands in the way of a call, held against the rule itself.

use std::collections::BTreeMap;

use dialer_domain::campaigns::CampaignPatch;
use dialer_domain::contacts::ClosedReason;
use dialer_domain::eligibility::{Facts, RefusalCode, decide};
use dialer_domain::explain::Standing;
use dialer_domain::rules::{RuleBook, RuleFacts};
use dialer_domain::suppression::Suppression;
use dialer_domain::{Campaign, CampaignStatus, ContactStatus, Duration, OffsetDateTime, Scope};
use time::macros::datetime;

use super::Stage;
use super::scene::{minute, total};
use crate::builders::{T0, campaign, contact, suppression, user};

impl Stage {
    async fn standing(&self, campaign: &Campaign, now: OffsetDateTime) -> Standing {
        self.standings.standing(Scope::User(campaign.user_id), campaign.id, now).await.unwrap().unwrap()
    }

    /// What the rule says of each contact, and when the first becomes due for which it is only too early.
    async fn decided(&self, campaign: &Campaign, now: OffsetDateTime) -> (u64, BTreeMap<RefusalCode, u64>) {
        let (mut callable, mut refused) = (0, BTreeMap::new());
        let open = self.calls.open().await.unwrap();
        for mut contact in self.list(campaign.id).await {
            if open.iter().any(|call| call.contact_id == Some(contact.id)) {
                contact.status = ContactStatus::Calling;
            }
            let number = &contact.person.phone_number;
            let entry = self.suppressions.binding(campaign.user_id, number, campaign.id).await.unwrap();
            let here = entry.as_ref().is_some_and(|entry| entry.campaign_id.is_some());
            let suppressed = entry.is_some() && !here;
            if here && contact.status != ContactStatus::Calling {
                contact.status = ContactStatus::DoNotCall;
            }
            let facts = Facts { campaign, contact: &contact, suppressed, rules: RuleFacts::none() };
            match decide(facts, &RuleBook::open(), now) {
                Ok(_) => callable += 1,
                Err(refusal) => *refused.entry(refusal.code).or_default() += 1,
            }
        }
        (callable, refused)
    }

    async fn holds_against_the_rule(&self, campaign: &Campaign, now: OffsetDateTime) -> Standing {
        let standing = self.standing(campaign, now).await;
        let (callable, refused) = self.decided(campaign, now).await;
        let counted: BTreeMap<RefusalCode, u64> = standing.refusals(campaign, now).into_iter().collect();
        assert_eq!((standing.callable(campaign, now), counted), (callable, refused), "at {now}");
        assert_eq!(standing.total(), total(self.list(campaign.id).await.len()));
        standing
    }
}

/// Contacts in every state that there is, a campaign in every status, and every place in the day: the same numbers as by
/// asking the rule about each.
pub async fn contacts_are_counted_as_the_rule_decides_about_each(stores: &Stage) {
    let list = stores.given(campaign().active().max_attempts(2)).await;
    let other = stores.given(campaign().active()).await;
    let of = || contact(list.id);
    let mut contacts = vec![
        of().build(),
        of().build(),
        of().due(T0).build(),
        of().due(T0 + Duration::SECOND).build(),
        of().due(minute(30)).build(),
        of().dialled(1, T0 - Duration::HOUR).due(minute(-5)).build(),
        of().dialled(2, T0 - Duration::HOUR).build(),
        of().dialled(2, T0 - Duration::HOUR).callback(T0).build(),
        of().dialled(2, T0 - Duration::HOUR).callback(minute(60)).build(),
        of().status(ContactStatus::Completed).build(),
        of().status(ContactStatus::DoNotCall).build(),
        of().status(ContactStatus::Calling).build(),
    ];
    for reason in [ClosedReason::InvalidNumber, ClosedReason::Refused] {
        let closed = of().status(ContactStatus::Failed).build();
        contacts.push(dialer_domain::Contact { closed_reason: Some(reason), ..closed });
    }
    let unwilling = [of().build(), of().due(minute(30)).build(), of().status(ContactStatus::Completed).build()];
    contacts.extend(unwilling.clone());
    let unwilling_here = of().due(minute(30)).build();
    contacts.push(unwilling_here.clone());
    stores.import(&list, contacts).await;
    stores.import(&other, vec![contact(other.id).build()]).await;
    for contact in &unwilling {
        stores.suppressions.suppress(&suppression(list.user_id, &contact.person.phone_number)).await.unwrap();
    }
    for campaign_id in [list.id, other.id] {
        let entry = suppression(list.user_id, &unwilling_here.person.phone_number);
        let entry = Suppression {
            user_id: stores.campaign(campaign_id).await.user_id,
            campaign_id: Some(campaign_id),
            ..entry
        };
        stores.suppressions.suppress(&entry).await.unwrap();
    }
    let live = stores.dial(list.id, T0).await;
    assert_eq!(live.campaign_id, Some(list.id));

    let standing = stores.holds_against_the_rule(&stores.campaign(list.id).await, T0).await;
    assert!(standing.due > 0 && standing.cooling_off == 3, "{standing:?}");
    assert_eq!((standing.dnc_internal, standing.dnc_campaign), (3, 2), "{standing:?}");
    assert_eq!(standing.next_due, Some(T0 + Duration::SECOND));
    let evening = datetime!(2026-03-02 20:00 UTC);
    let early = datetime!(2026-03-03 06:00 UTC);
    for now in [minute(30), minute(61), evening, early] {
        stores.holds_against_the_rule(&stores.campaign(list.id).await, now).await;
    }
    let raised = CampaignPatch { max_attempts: Some(9), ..CampaignPatch::default() };
    stores.holds_against_the_rule(&stores.change(list.id, raised, minute(2)).await, T0).await;
    for status in [CampaignStatus::Paused, CampaignStatus::Completed, CampaignStatus::Archived] {
        stores.holds_against_the_rule(&stores.put(list.id, status, minute(3)).await, T0).await;
    }
}

/// Contacts in line are counted beside; a campaign that is not the caller's is not there, an empty one is.
pub async fn a_standing_is_of_an_own_campaign(stores: &Stage) {
    let (list, _) = stores.given_list(3).await;
    stores.plan(list.id, 2, T0).await;
    let standing = stores.standing(&list, T0).await;
    assert_eq!((standing.due, standing.waiting, standing.next_due), (3, 2, None));
    let stranger = stores.standings.standing(Scope::User(user()), list.id, T0).await.unwrap();
    assert_eq!(stranger, None);
    let empty = stores.given(campaign()).await;
    assert_eq!(stores.standing(&empty, T0).await, Standing::default());
}
