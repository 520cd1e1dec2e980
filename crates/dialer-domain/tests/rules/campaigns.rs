use dialer_domain::CampaignStatus::{self, Active, Archived, Completed, Draft, Paused};
use dialer_domain::campaigns::{CampaignError, CampaignPatch};
use dialer_domain::{Campaign, Duration};
use dialer_testkit::builders::{T0, campaign};
use rstest::rstest;

fn to(status: CampaignStatus) -> CampaignPatch {
    CampaignPatch { status: Some(status), ..CampaignPatch::default() }
}

#[rstest]
#[case(Draft, &[Draft, Active, Archived])]
#[case(Active, &[Active, Paused, Completed, Archived])]
#[case(Paused, &[Paused, Active, Completed, Archived])]
#[case(Completed, &[Completed, Active, Archived])]
#[case(Archived, &[Archived])]
fn a_campaign_moves_only_along_its_status_machine(#[case] from: CampaignStatus, #[case] allowed: &[CampaignStatus]) {
    for next in CampaignStatus::ALL {
        let result = campaign().status(from).build().patched(to(*next), T0);
        assert_eq!(result.is_ok(), allowed.contains(next), "{from} to {next}");
        if let Err(errors) = result {
            assert_eq!(errors, [CampaignError::Transition { from, to: *next }]);
        }
    }
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let patch = CampaignPatch {
        name: Some("  ".to_owned()),
        max_attempts: Some(0),
        retry_interval: Some(Campaign::MAX_RETRY_INTERVAL + 1),
        description: Some(Some("x".repeat(Campaign::MAX_TEXT + 1))),
        ..CampaignPatch::default()
    };
    let errors = campaign().build().patched(patch, T0).unwrap_err();
    let fields: Vec<_> = errors
        .iter()
        .map(|error| match error {
            CampaignError::Field { field, .. } => *field,
            CampaignError::Transition { .. } => "status",
        })
        .collect();
    assert_eq!(fields, ["name", "description", "max_attempts", "retry_interval"]);
}

#[test]
fn the_engine_s_reason_for_a_pause_goes_when_the_campaign_is_started_again() {
    let halted = campaign().active().build().halted("the caller ID is not ours", T0);
    assert_eq!((halted.status, halted.pause_reason.as_deref()), (Paused, Some("the caller ID is not ours")));
    let later = T0 + Duration::HOUR;
    let renamed = halted.patched(CampaignPatch { name: Some("New".into()), ..CampaignPatch::default() }, later);
    assert!(renamed.unwrap().pause_reason.is_some());
    assert_eq!(halted.patched(to(Active), later).unwrap().pause_reason, None);
}

#[test]
fn each_change_is_one_revision_on() {
    let before = campaign().build();
    assert_eq!(before.patched(to(Active), T0).unwrap().revision, before.revision + 1);
}
