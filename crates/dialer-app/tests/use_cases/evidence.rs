use dialer_app::evidence::{Sealed, export};
use dialer_domain::analytics::Period;
use dialer_domain::bans::store::BanStore;
use dialer_domain::calls::store::CallStore;
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::consents::store::ConsentStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::evidence::{Broken, Chain, Defect, Footer, Line, LineKind, Verified, Verifier};
use dialer_domain::queue::store::{ContactClaim, DialQueue};
use dialer_domain::registries::RegistryCopy;
use dialer_domain::registries::store::RegistryStore;
use dialer_domain::rules::{Ban, RuleBook};
use dialer_domain::schedule::ActiveHours;
use dialer_domain::{Call, Campaign, Duration, OffsetDateTime, PhoneNumber, QueueEntryId, Scope};
use dialer_testkit::builders::{T0, ban, campaign, consent, contact, id, registry_copy, slots};
use dialer_testkit::pacing;
use dialer_testkit::stores::StoreHarness;
use rstest::rstest;
use serde_json::Value;
use time::macros::datetime;

use super::House;

/// Noon in New York, and night in Sydney, on the day of [`T0`].
const NOON: OffsetDateTime = datetime!(2026-03-02 17:00 UTC);

/// A campaign that has called two people, by two rule books, and refused a third.
async fn called(house: &House) -> (Campaign, Vec<Call>) {
    let store = &house.store;
    store.shelf().replace(RuleBook::shipped());
    let all_day = ActiveHours::parse("00:00", "24:00").unwrap();
    let list = campaign().active().hours(all_day).owner(house.me.user).build();
    CampaignStore::add(store, &list).await.unwrap();
    let numbers =
        ["+12125550142", "+12125550143", "+61255501234"].map(|number| PhoneNumber::parse(number, None).unwrap());
    let contacts = numbers.iter().map(|number| contact(list.id).number(number.clone()).build()).collect();
    store.import(Scope::Service, list.id, contacts).await.unwrap();
    store.record_consents(list.user_id, vec![consent(list.user_id, &numbers[0])]).await.unwrap();
    store.order_ban(&Ban { ends_at: NOON + Duration::DAY, ..ban(list.user_id) }).await.unwrap();
    let copy = RegistryCopy { copied_on: T0.date(), ..registry_copy(list.user_id) };
    store.begin_copy(&copy).await.unwrap();
    store.activate_copy(&copy, T0).await.unwrap();
    let lease = pacing(store, list.id).await;
    let ids = (0..3).map(|_| id(QueueEntryId::new)).collect();
    store.plan(list.id, &lease, ids, NOON).await.unwrap();
    let mut calls = store.claim(list.id, &lease, slots(1), NOON).await.unwrap().calls;
    let (more, _) = RuleBook::load(RuleBook::shipped_files().iter().rev().skip(1).copied());
    store.shelf().replace(more);
    let claimed = store.claim(list.id, &lease, slots(2), NOON + Duration::MINUTE).await.unwrap();
    assert_eq!((claimed.calls.len(), claimed.refused), (1, 1));
    calls.extend(claimed.calls);
    store.hide(Scope::User(list.user_id), calls[0].id, NOON).await.ok();
    (list, calls)
}

async fn pack(house: &House, list: &Campaign, period: Period) -> (String, Sealed) {
    let mut out = Vec::new();
    let sealed = export(&house.ports(), list, period, &mut out, &|_| {}).await.unwrap();
    (String::from_utf8(out).unwrap(), sealed)
}

fn verify<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Verified, Broken> {
    let mut verifier = Verifier::default();
    for line in lines {
        verifier.line(line)?;
    }
    verifier.end()
}

/// The data of the lines of a kind.
fn data(pack: &str, kind: &str) -> Vec<Value> {
    let lines = pack.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["kind"] == kind).map(|line| line["data"].clone()).collect()
}

#[tokio::test]
async fn a_pack_holds_what_counted_and_every_receipt_gives_its_answer_again() {
    let house = House::new();
    let (list, calls) = called(&house).await;
    let (pack, sealed) = pack(&house, &list, Period::default()).await;
    let verified = verify(pack.lines()).unwrap();
    assert_eq!((verified.last, verified.header.campaign.id), (sealed.last, list.id));
    let counts: Vec<(LineKind, u64)> = verified.lines.into_iter().collect();
    let all = [
        (LineKind::Header, 1),
        (LineKind::Book, 2),
        (LineKind::RegistryCopy, 1),
        (LineKind::Ban, 1),
        (LineKind::Consent, 1),
        (LineKind::Call, 2),
        (LineKind::Receipt, 2),
        (LineKind::Refusals, 1),
        (LineKind::Abandonment, 1),
    ];
    assert_eq!(counts, all);
    assert_eq!(usize::try_from(sealed.lines).unwrap(), pack.lines().count());
    let called = data(&pack, "call");
    assert_eq!(called[0]["to_number"], calls[0].to_number.as_e164());
    assert_eq!(called[0]["events"][0]["kind"], "call.initiated");
    assert_eq!(data(&pack, "receipt")[1]["call_id"], calls[1].id.to_string());
    let refused = &data(&pack, "refusals")[0];
    assert_eq!((&refused["code"], &refused["count"]), (&"before_window".into(), &1.into()), "{refused}");
}

#[tokio::test]
async fn a_pack_is_of_a_period() {
    let house = House::new();
    let (list, calls) = called(&house).await;
    let period = Period { from: Some(NOON + Duration::SECOND), until: Some(NOON + Duration::HOUR) };
    let (late, _) = pack(&house, &list, period).await;
    assert!(verify(late.lines()).is_ok());
    assert_eq!(data(&late, "receipt").len(), 1);
    assert_eq!(data(&late, "call")[0]["id"], calls[1].id.to_string());
    assert_eq!((data(&late, "consent").len(), data(&late, "book").len()), (0, 1));
    let before = Period { from: None, until: Some(T0) };
    let (early, _) = pack(&house, &list, before).await;
    let kinds: Vec<LineKind> = verify(early.lines()).unwrap().lines.into_keys().collect();
    assert_eq!(kinds, [LineKind::Header, LineKind::Abandonment], "no call, and so nobody abandoned");
}

#[tokio::test]
async fn whatever_is_done_to_a_pack_is_found_at_its_line() {
    let house = House::new();
    let (list, _) = called(&house).await;
    let (pack, _) = pack(&house, &list, Period::default()).await;
    let lines: Vec<&str> = pack.lines().collect();
    for at in 0..lines.len() {
        let number = u64::try_from(at + 1).unwrap();
        let unchained = Err(Broken { line: number, defect: Defect::Unchained });
        // A byte in the middle, another hash, a hash in capitals.
        let line = lines[at];
        let middle = line.len() / 2;
        let flipped = if line.as_bytes()[middle] == b'0' { "1" } else { "0" };
        for altered in [
            format!("{}{flipped}{}", &line[..middle], &line[middle + 1..]),
            line.replace("\"}", "0\"}"),
            format!("{line} "),
            line.to_uppercase(),
        ] {
            let mut lines = lines.clone();
            lines[at] = &altered;
            assert_eq!(verify(lines), unchained, "{altered}");
        }
        // It is gone, comes twice, or too late.
        let mut fewer = lines.clone();
        fewer.remove(at);
        let cut = Err(Broken { line: number, defect: Defect::Cut });
        assert_eq!(verify(fewer), if number == total(&lines) { cut } else { unchained.clone() });
        let mut more = lines.clone();
        more.insert(at, lines[at]);
        assert!(verify(more).is_err());
        if at + 1 < lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(at, at + 1);
            assert_eq!(verify(swapped), unchained);
        }
        // The tail is cut off.
        let defect = Defect::Cut;
        assert_eq!(verify(lines[..at].iter().copied()), Err(Broken { line: number, defect }));
    }
    let appended = lines.iter().copied().chain([lines[1]]);
    assert_eq!(verify(appended), Err(Broken { line: total(&lines) + 1, defect: Defect::AfterEnd }));
}

fn total(lines: &[&str]) -> u64 {
    u64::try_from(lines.len()).unwrap()
}

/// Somebody who makes the chain anew is found where what is said contradicts itself.
#[rstest]
#[case::without_its_book("book", "", "is a receipt by the rule book")]
#[case::with_another_answer(
    "receipt",
    "\"status\":\"active\" to \"status\":\"paused\"",
    "another answer: refused: campaign_paused"
)]
#[case::of_another_book("book", "08:00 to 07:00", "it was altered")]
#[case::with_a_call_left_out("call", "", "counts other lines than there are")]
#[case::without_a_header("header", "", "a pack begins with its header")]
#[case::of_a_later_form("header", "\"version\":1 to \"version\":2", "says dialer-evidence version 2")]
#[tokio::test]
async fn a_pack_made_anew_contradicts_itself(#[case] kind: &str, #[case] change: &str, #[case] says: &str) {
    let house = House::new();
    let (list, _) = called(&house).await;
    let (pack, _) = pack(&house, &list, Period::default()).await;
    let mut forged = Forged::default();
    let mut done = false;
    for line in pack.lines() {
        let content = line.rsplit_once(",\"hash\"").unwrap().0.to_owned() + "}";
        let is_it = !done && content.starts_with(&format!("{{\"kind\":\"{kind}\""));
        done |= is_it;
        match change.split_once(" to ").filter(|_| is_it) {
            Some((from, to)) => {
                assert!(content.contains(from), "{content}");
                forged.add(&content.replacen(from, to, 1));
            }
            None if is_it => {}
            None => forged.add(&content),
        }
    }
    let broken = verify(forged.0.iter().map(String::as_str)).unwrap_err().to_string();
    assert!(broken.contains(says), "{broken}");
}

/// Lines with hashes of their own, by the description of the format alone.
#[derive(Default)]
struct Forged(Vec<String>);

impl Forged {
    fn add(&mut self, content: &str) {
        use sha2::{Digest, Sha256};
        let last = self.0.last().map(|line| line[line.len() - 66..line.len() - 2].to_owned());
        let last = last.unwrap_or_else(|| "0".repeat(64));
        let hash = hex::encode(Sha256::digest(format!("{last}\n{content}")));
        self.0.push(format!("{},\"hash\":\"{hash}\"}}", &content[..content.len() - 1]));
    }
}

#[tokio::test]
async fn a_receipt_of_another_campaign_is_no_part_of_a_pack() {
    let house = House::new();
    let (list, calls) = called(&house).await;
    let other = campaign().owner(list.user_id).build();
    let receipt = house.ports().stores.receipts.receipt(Scope::Service, calls[0].id).await.unwrap().unwrap();
    let (mut chain, period) = (Chain::default(), Period::default());
    let header = dialer_domain::evidence::Header::of(&other, period, T0);
    let lines = [Line::Header(header), Line::Receipt(Box::new(receipt)), Line::End(Footer::default())];
    let lines: Vec<String> = lines.iter().map(|line| chain.seal(line).unwrap()).collect();
    let broken = verify(lines.iter().map(String::as_str)).unwrap_err();
    assert_eq!(broken, Broken { line: 2, defect: Defect::Elsewhere(calls[0].id) });
}

#[tokio::test]
async fn a_call_by_hand_is_in_the_pack_too() {
    let house = House::new();
    let (list, _) = called(&house).await;
    let store = &house.store;
    let person = contact(list.id).number(PhoneNumber::parse("+12125550144", None).unwrap()).build();
    store.import(Scope::Service, list.id, vec![person.clone()]).await.unwrap();
    let intent = dialer_domain::calls::NewCall {
        ahead: false,
        id: id(dialer_domain::CallId::new),
        user_id: list.user_id,
        to_number: person.person.phone_number.clone(),
        from_number: None,
        agent: None,
        agent_id: None,
        lead_id: None,
        campaign_id: Some(list.id),
        metadata: serde_json::Map::new(),
    };
    let (owner, entry) = (Scope::User(list.user_id), id(QueueEntryId::new));
    let claim = store.claim_contact(owner, person.id, entry, intent, NOON + Duration::HOUR).await.unwrap();
    assert!(matches!(claim, Some(ContactClaim::Call(_))), "{claim:?}");
    let (pack, _) = pack(&house, &list, Period::default()).await;
    assert_eq!(verify(pack.lines()).unwrap().lines[&LineKind::Receipt], 3);
}
