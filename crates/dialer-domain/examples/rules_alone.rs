//! The rules without a dialer: may this contact be called now, and what becomes of it afterwards?
//!
//! `cargo run -p dialer-domain --example rules_alone`

use dialer_domain::campaigns::{CampaignPatch, NewCampaign};
use dialer_domain::contacts::Person;
use dialer_domain::eligibility::{Facts, decide};
use dialer_domain::retry::{RetryPolicy, after_call};
use dialer_domain::rules::{CalleeKind, Purpose, RuleBook, RuleFacts};
use dialer_domain::schedule::ActiveHours;
use dialer_domain::{
    CallOutcome, Campaign, CampaignId, CampaignStatus, Contact, ContactId, DialingMode, PhoneNumber, UserId,
};
use time::macros::{datetime, offset};
use uuid::Uuid;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let monday = datetime!(2026-03-02 07:30 UTC);
    let spring = NewCampaign {
        name: "Spring".to_owned(),
        description: None,
        mode: DialingMode::Power,
        purpose: Purpose::Informational,
        callee: CalleeKind::Consumer,
        caller_id: None,
        script: None,
        max_attempts: 3,
        retry_interval: 3600,
        active_hours: ActiveHours::parse("09:00", "17:00")?,
        timezone: "Europe/Paris".parse()?,
    };
    let draft = Campaign::draft(CampaignId::new(Uuid::nil()), UserId::new(Uuid::nil()), spring, monday)
        .map_err(|errors| format!("{errors:?}"))?;
    let start = CampaignPatch { status: Some(CampaignStatus::Active), ..CampaignPatch::default() };
    let campaign = draft.patched(start, monday).map_err(|errors| format!("{errors:?}"))?;

    let number = PhoneNumber::parse("020 7946 0001", Some("GB".parse()?))?;
    let contact = Contact::fresh(ContactId::new(Uuid::nil()), campaign.id, Person::with_number(number), monday);
    for now in [monday, monday.replace_hour(8)?, monday.replace_hour(17)?] {
        let facts = Facts { campaign: &campaign, contact: &contact, suppressed: false, rules: RuleFacts::none() };
        let decision = decide(facts, &RuleBook::open(), now);
        let local = now.to_offset(offset!(+1));
        match decision {
            Ok(_) => println!("{:02}:{:02} in Paris: call", local.hour(), local.minute()),
            Err(refusal) => println!(
                "{:02}:{:02} in Paris: {}, next at {:?}",
                local.hour(),
                local.minute(),
                refusal.code,
                refusal.retry_not_before
            ),
        }
    }

    let policy = RetryPolicy { max_attempts: campaign.max_attempts, interval: campaign.retry_interval };
    for outcome in [CallOutcome::NoAnswer, CallOutcome::Completed, CallOutcome::InvalidNumber] {
        println!("after {outcome}: {:?}", after_call(policy, 1, outcome, monday));
    }
    Ok(())
}
