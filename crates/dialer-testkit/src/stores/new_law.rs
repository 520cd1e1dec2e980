//! Law that comes while claims are under way: whoever was told that it holds sees no later call.

use dialer_domain::consents::{ConsentAct, ConsentEvent};
use dialer_domain::registries::RegistryCopy;
use dialer_domain::rules::Purpose;
use dialer_domain::{CallId, Campaign, Duration, OffsetDateTime, PhoneNumber};
use time::macros::datetime;
use tokio::task::JoinSet;

use super::Stage;
use super::law::{FLORIDA, LOUISIANA};
use crate::builders::{ban, campaign, consent, contact, listed_number, registry_copy};

/// Daytime in all of the United States.
const NOON: OffsetDateTime = datetime!(2026-03-02 17:00 UTC);

/// Contacts on a list, of which claims take one after the other.
const CONTACTS: u32 = 24;

/// Claims that run at the same time.
const CLAIMERS: usize = 3;

impl Stage {
    /// A list that dials under the rules that the program carries, with contacts in the place of `number`.
    async fn given_many(&self, purpose: Purpose, number: &str) -> (Campaign, Vec<PhoneNumber>) {
        let (list, first) = self.given_law_for(campaign().purpose(purpose), number).await;
        let digits: u64 = first.person.phone_number.digits().parse().unwrap();
        let numbers = (1..u64::from(CONTACTS)).map(|n| PhoneNumber::parse(&format!("+{}", digits + n), None).unwrap());
        let numbers: Vec<PhoneNumber> = numbers.collect();
        let contacts = numbers.iter().map(|number| contact(list.id).number(number.clone()).build()).collect();
        self.import(&list, contacts).await;
        let all = std::iter::once(first.person.phone_number).chain(numbers).collect();
        self.plan(list.id, 100, NOON).await;
        (list, all)
    }

    /// The calls of a list so far.
    async fn begun(&self, list: &Campaign) -> Vec<CallId> {
        let open = self.calls.open().await.unwrap();
        let mut begun: Vec<CallId> =
            open.into_iter().filter(|call| call.campaign_id == Some(list.id)).map(|call| call.id).collect();
        begun.sort_unstable();
        begun
    }

    /// Lets claims run, has `change` made meanwhile, and sees to it that from the moment at which that was told as done no call
    /// was written down any more, neither by a claim that was under way nor by one that began later.
    async fn no_call_after<F>(&self, list: &Campaign, change: F)
    where
        F: Future<Output = ()> + Send,
    {
        let mut claims = JoinSet::new();
        for _ in 0..CLAIMERS {
            let (stores, id) = (self.clone(), list.id);
            claims.spawn(async move {
                for _ in 0..4 {
                    stores.claim(id, 1, NOON).await;
                    tokio::task::yield_now().await;
                }
            });
        }
        tokio::task::yield_now().await;
        change.await;
        let told = self.begun(list).await;
        claims.join_all().await;
        assert_eq!(self.begun(list).await, told, "a call was written down after everybody was told");
        self.plan(list.id, 100, NOON).await;
        assert_eq!(self.claim(list.id, 100, NOON).await.calls, []);
    }
}

/// Of everybody who was still to be called.
pub async fn a_ban_stops_claims_that_run_already(stores: &Stage) {
    let (list, _) = stores.given_many(Purpose::Informational, LOUISIANA).await;
    let ordered = async {
        stores.bans.order_ban(&ban(list.user_id)).await.unwrap();
    };
    stores.no_call_after(&list, ordered).await;
}

/// Of all numbers in one go.
pub async fn consents_taken_back_stop_claims_that_run_already(stores: &Stage) {
    let (list, numbers) = stores.given_many(Purpose::Informational, LOUISIANA).await;
    let revoked = |number| ConsentEvent {
        act: ConsentAct::Revoked,
        happened_at: NOON - Duration::HOUR,
        ..consent(list.user_id, number)
    };
    let entries: Vec<ConsentEvent> = numbers.iter().map(revoked).collect();
    let taken_back = async {
        stores.consents.record_consents(list.user_id, entries).await.unwrap();
    };
    stores.no_call_after(&list, taken_back).await;
}

/// The copy in force lists nobody, and the one that takes its place everybody.
pub async fn a_copy_that_comes_into_force_stops_claims_that_run_already(stores: &Stage) {
    let (list, numbers) = stores.given_many(Purpose::Sales, FLORIDA).await;
    stores.given_register(&list, NOON, &[]).await;
    let copy = RegistryCopy { copied_on: NOON.date(), created_at: NOON, ..registry_copy(list.user_id) };
    stores.registries.begin_copy(&copy).await.unwrap();
    stores.registries.load_numbers(copy.id, numbers.iter().map(listed_number).collect()).await.unwrap();
    let in_force = async {
        stores.registries.activate_copy(&copy, NOON).await.unwrap();
    };
    stores.no_call_after(&list, in_force).await;
}
