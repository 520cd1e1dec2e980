use dialer_domain::campaigns::Campaign;
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::store::PageRequest;
use dialer_testkit::builders::campaign;
use dialer_testkit::{FakeClock, MemoryStore, ScriptedTelephony, SeededIds};
use time::macros::datetime;

use super::*;

struct Desk {
    store: MemoryStore,
    ports: Ports,
    campaign: Campaign,
}

async fn desk() -> Desk {
    let store = MemoryStore::new();
    let campaign = campaign().build();
    CampaignStore::add(&store, &campaign).await.unwrap();
    let clock = Arc::new(FakeClock::new(datetime!(2026-03-02 10:00 UTC)));
    let ports = Ports::on(store.clone(), Arc::new(ScriptedTelephony::new()), clock, Arc::new(SeededIds::new(1)));
    Desk { store, ports, campaign }
}

impl Desk {
    async fn import(&self, file: &[u8]) -> (anyhow::Result<()>, Report) {
        let mut import = Import::of(self.ports.clone(), self.campaign.id, None).await.unwrap();
        let mut report = Report::new(Form::Text, Progress::hidden());
        let outcome = import.all(file, &mut report).await;
        (outcome, report)
    }

    async fn stored(&self) -> u64 {
        let page = PageRequest::default();
        ContactStore::list(&self.store, Scope::User(self.campaign.user_id), self.campaign.id, None, page)
            .await
            .unwrap()
            .total
    }
}

fn list(count: usize) -> Vec<u8> {
    let mut file = b"phone,first name\n".to_vec();
    for index in 0..count {
        file.extend_from_slice(format!("+4477009{index:05},Ada\n").as_bytes());
    }
    file
}

#[tokio::test]
async fn a_list_longer_than_a_batch_is_added_for_the_campaign_s_owner() {
    let desk = desk().await;
    let (outcome, report) = desk.import(&list(2_500)).await;
    outcome.unwrap();
    assert_eq!(report.text(), "2500 contacts added, 0 skipped");
    assert_eq!(desk.stored().await, 2_500);
}

#[tokio::test]
async fn rows_that_cannot_be_used_are_counted_by_reason_and_the_others_are_added() {
    let desk = desk().await;
    let file = b"phone,company\n+447700900101,A\nring me,B\n+447700900101,C\n,D\n+447700900102\n+447700900103,E\n";
    let (outcome, report) = desk.import(file).await;
    outcome.unwrap();
    assert_eq!(
        report.text(),
        "2 contacts added, 4 skipped (1 duplicate_in_file, 1 invalid_number, 1 no_number, 1 wrong_field_count)"
    );
    assert_eq!(desk.stored().await, 2);
}

#[tokio::test]
async fn importing_a_file_again_adds_nothing() {
    let desk = desk().await;
    desk.import(&list(3)).await.0.unwrap();
    let (outcome, report) = desk.import(&list(3)).await;
    outcome.unwrap();
    assert_eq!(report.text(), "0 contacts added, 3 skipped (3 duplicate_in_campaign)");
}

#[tokio::test]
async fn what_was_read_before_a_file_breaks_off_is_stored() {
    let desk = desk().await;
    let mut file = list(1_500);
    file.extend_from_slice(b"+447700999999,\"Ada\n");
    file.extend(std::iter::repeat_n(b'x', 2_000_000));
    let (outcome, report) = desk.import(&file).await;
    let error = outcome.unwrap_err().to_string();
    assert!(error.starts_with("line 1502: the row that begins here is longer than 1 MiB"), "{error}");
    assert!(report.added_so_far().contains("1500 contacts had been added and stay"));
    assert_eq!(desk.stored().await, 1_500);
}

#[tokio::test]
async fn a_campaign_that_is_not_there_is_named() {
    let desk = desk().await;
    let id = CampaignId::new(Uuid::nil());
    let error = Import::of(desk.ports.clone(), id, None).await.err().unwrap();
    assert!(error.to_string().contains("there is no campaign 00000000"), "{error}");
}
