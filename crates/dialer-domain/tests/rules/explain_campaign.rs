use dialer_domain::eligibility::RefusalCode;
use dialer_domain::explain::{
    AgentCounts, CampaignExplanation, CampaignSnapshot, EnginePhase, EngineSight, Pacer, PreconditionCode,
    PreconditionState, Standing, explain_campaign,
};
use dialer_domain::telephony::{Capabilities, LegOrder, RequestBudget};
use dialer_domain::{CampaignStatus, DialingMode, Duration, OffsetDateTime};
use dialer_testkit::builders::{T0, campaign};
use proptest::prelude::*;
use rstest::rstest;
use time::macros::datetime;

const BUDGET: RequestBudget =
    RequestBudget { limit_per_minute: 100, rate_per_minute: 100, available_now: 40, waiting: 0, paused_until: None };

/// A campaign with nothing in its way.
fn dialing() -> CampaignSnapshot {
    CampaignSnapshot {
        campaign: campaign().active().build(),
        standing: Standing { due: 5, waiting: 3, ..Standing::default() },
        assigned: 0,
        engine: Some(EngineSight {
            phase: EnginePhase::Running,
            reason: None,
            closed_until: None,
            agents: AgentCounts { ready: 2, busy: 1, resting: 0, away: 0 },
            capabilities: Capabilities::AGENT_FIRST,
            budget: Some(BUDGET),
        }),
        team: None,
        pacer: Pacer::ThisProgram,
    }
}

fn with(change: impl FnOnce(&mut CampaignSnapshot)) -> CampaignSnapshot {
    let mut snapshot = dialing();
    change(&mut snapshot);
    snapshot
}

fn engine(snapshot: &mut CampaignSnapshot) -> &mut EngineSight {
    snapshot.engine.as_mut().unwrap()
}

fn explained(snapshot: &CampaignSnapshot) -> CampaignExplanation {
    explain_campaign(snapshot, T0)
}

#[test]
fn a_campaign_with_nothing_in_its_way_dials_now() {
    let told = explained(&dialing());
    let states: Vec<_> = told.preconditions.iter().map(|one| one.state).collect();
    assert_eq!(states, [PreconditionState::Ok; 9]);
    assert_eq!((told.blocked_by, told.next_dial_at), (None, Some(T0)));
    assert_eq!(told.hours.closes_at, Some(datetime!(2026-03-02 17:00 UTC)));
}

#[test]
fn preconditions_come_in_the_order_in_which_they_are_asked() {
    let codes: Vec<_> = explained(&dialing()).preconditions.iter().map(|one| one.code).collect();
    assert_eq!(codes, PreconditionCode::ALL);
}

#[rstest]
#[case::draft(with(|s| s.campaign.status = CampaignStatus::Draft), PreconditionCode::CampaignStatus, "actions/start")]
#[case::paused(with(|s| s.campaign.status = CampaignStatus::Paused), PreconditionCode::CampaignStatus, "actions/resume")]
#[case::archived(
    with(|s| s.campaign.status = CampaignStatus::Archived), PreconditionCode::CampaignStatus, "actions/duplicate"
)]
#[case::manual(with(|s| s.campaign.mode = DialingMode::Manual), PreconditionCode::DialingMode, "POST /api/dialer/calls")]
#[case::no_agents(with(|s| engine(s).agents = AgentCounts::default()), PreconditionCode::Agents, "engine.agents")]
#[case::all_busy(
    with(|s| engine(s).agents = AgentCounts { ready: 0, busy: 2, resting: 1, away: 0 }), PreconditionCode::Agents, "wait"
)]
#[case::empty(with(|s| s.standing = Standing::default()), PreconditionCode::DueContacts, "contacts")]
#[case::spent(
    with(|s| s.standing = Standing { contact_closed: 4, ..Standing::default() }), PreconditionCode::DueContacts, "open"
)]
#[case::stopped(with(|s| engine(s).phase = EnginePhase::Stopped), PreconditionCode::Engine, "dialer serve")]
#[case::halted(
    with(|s| { engine(s).phase = EnginePhase::Halted; engine(s).reason = Some("bad key".to_owned()); }),
    PreconditionCode::Provider,
    "VOIPSTUDIO_API_KEY"
)]
#[case::closed(
    with(|s| engine(s).closed_until = Some(T0 + Duration::MINUTE)), PreconditionCode::Provider, "doctor"
)]
#[case::throttled(
    with(|s| engine(s).budget = Some(RequestBudget { paused_until: Some(T0 + Duration::MINUTE), ..BUDGET })),
    PreconditionCode::RequestBudget,
    "requests_per_minute"
)]
#[case::spent_budget(
    with(|s| engine(s).budget = Some(RequestBudget { available_now: 0, ..BUDGET })),
    PreconditionCode::RequestBudget,
    "requests_per_minute"
)]
#[case::nobody_paces(with(|s| s.pacer = Pacer::Nobody), PreconditionCode::Pacer, "dialer serve")]
fn what_stands_in_the_way_is_named_and_says_what_to_do(
    #[case] snapshot: CampaignSnapshot,
    #[case] code: PreconditionCode,
    #[case] advice: &str,
) {
    let told = explained(&snapshot);
    assert_eq!(told.blocked_by, Some(code));
    let not: Vec<_> = told.preconditions.iter().filter(|one| one.state == PreconditionState::Not).collect();
    assert_eq!(not.len(), 1, "{not:?}");
    assert!(not[0].advice.as_ref().unwrap().contains(advice), "{not:?}");
}

#[test]
fn the_engine_s_own_reason_for_a_pause_is_told() {
    let snapshot = with(|s| s.campaign = s.campaign.halted("no balance", T0));
    let told = explained(&snapshot);
    assert!(told.preconditions[0].words.contains("no balance"), "{:?}", told.preconditions[0]);
    assert_eq!(told.next_dial_at, None);
}

#[test]
fn of_several_the_first_blocks() {
    let snapshot = with(|s| {
        s.campaign.status = CampaignStatus::Paused;
        s.standing = Standing::default();
        engine(s).agents = AgentCounts::default();
    });
    assert_eq!(explained(&snapshot).blocked_by, Some(PreconditionCode::CampaignStatus));
}

#[test]
fn outside_the_hours_it_says_when_they_begin() {
    let evening = datetime!(2026-03-02 20:00 UTC);
    let told = explain_campaign(&dialing(), evening);
    let morning = datetime!(2026-03-03 09:00 UTC);
    assert_eq!((told.blocked_by, told.next_dial_at), (Some(PreconditionCode::ActiveHours), Some(morning)));
    assert_eq!((told.hours.opens_at, told.hours.closes_at), (Some(morning), Some(datetime!(2026-03-03 17:00 UTC))));
    let words = &told.preconditions[2].words;
    assert!(words.contains("Tuesday 3 March 09:00"), "{words}");
}

#[rstest]
#[case(None, T0 + Duration::HOUR, Some(T0 + Duration::HOUR))]
#[case(None, datetime!(2026-03-02 18:00 UTC), Some(datetime!(2026-03-03 09:00 UTC)))]
#[case(Some(T0 + Duration::hours(2)), T0 + Duration::HOUR, Some(T0 + Duration::hours(2)))]
fn the_next_call_waits_for_the_contact_the_provider_and_the_hours(
    #[case] closed_until: Option<OffsetDateTime>,
    #[case] due: OffsetDateTime,
    #[case] next: Option<OffsetDateTime>,
) {
    let snapshot = with(|s| {
        s.standing = Standing { cooling_off: 1, next_due: Some(due), ..Standing::default() };
        engine(s).closed_until = closed_until;
    });
    assert_eq!(explained(&snapshot).next_dial_at, next);
}

#[test]
fn when_the_next_agent_is_free_nobody_knows() {
    let busy = with(|s| engine(s).agents = AgentCounts { ready: 0, busy: 1, resting: 0, away: 0 });
    assert_eq!(explained(&busy).next_dial_at, None);
}

#[test]
fn what_cannot_be_seen_from_outside_is_unknown_and_blocks_nothing() {
    let outside = with(|s| {
        s.engine = None;
        s.pacer = Pacer::Unknown;
    });
    let told = explained(&outside);
    assert_eq!(told.blocked_by, None);
    let unknown = told.preconditions.iter().filter(|one| one.state == PreconditionState::Unknown);
    assert!(unknown.clone().count() == 5 && unknown.clone().all(|one| one.advice.is_some()), "{told:?}");
}

#[test]
fn a_closed_campaign_refuses_whoever_it_would_call_and_no_one_else() {
    let standing = Standing { due: 2, cooling_off: 3, contact_closed: 4, ..Standing::default() };
    let paused = campaign().paused().build();
    let refused = standing.refusals(&paused, T0);
    assert_eq!(refused, [(RefusalCode::CampaignPaused, 5), (RefusalCode::ContactClosed, 4)]);
    assert_eq!(standing.callable(&paused, T0), 0);
    let active = campaign().active().build();
    assert_eq!((standing.callable(&active, T0), standing.total()), (2, 9));
}

proptest! {
    #[test]
    fn a_blocked_campaign_never_dials_now(
        status in 0..CampaignStatus::ALL.len(), mode in 0..DialingMode::ALL.len(), hour in 0_i64..48,
        due in 0_u64..2, cooling_off in 0_u64..2, ready in 0_usize..2, busy in 0_usize..2, closed in 0_i64..3,
        phase in 0..EnginePhase::ALL.len(),
    ) {
        let now = T0 + Duration::hours(hour);
        let snapshot = with(|s| {
            s.campaign.status = CampaignStatus::ALL[status];
            s.campaign.mode = DialingMode::ALL[mode];
            let next_due = (cooling_off > 0).then(|| now + Duration::MINUTE);
            s.standing = Standing { due, cooling_off, next_due, ..Standing::default() };
            engine(s).agents = AgentCounts { ready, busy, resting: 0, away: 0 };
            engine(s).closed_until = (closed > 0).then(|| now + Duration::minutes(closed - 1));
            engine(s).phase = EnginePhase::ALL[phase];
        });
        let told = explain_campaign(&snapshot, now);
        prop_assert!(told.next_dial_at.is_none_or(|at| at >= now));
        if told.blocked_by.is_some() {
            prop_assert_ne!(told.next_dial_at, Some(now));
        }
        let by_itself = matches!(snapshot.campaign.mode, DialingMode::Power | DialingMode::Predictive);
        if told.blocked_by.is_none() && by_itself && snapshot.engine.as_ref().unwrap().phase == EnginePhase::Running {
            prop_assert_eq!(told.next_dial_at, Some(now));
        }
    }
}

#[rstest]
#[case::nobody_at_work(AgentCounts { ready: 0, busy: 0, resting: 0, away: 3 }, "None of 3 assigned agents is at work.")]
#[case::all_busy(
    AgentCounts { ready: 0, busy: 2, resting: 1, away: 1 },
    "None of 4 assigned agents is ready: 2 on a call, 1 writing up or paused, 1 away."
)]
fn a_campaign_with_agents_of_its_own_waits_for_them_whatever_phones_the_settings_name(
    #[case] team: AgentCounts,
    #[case] words: &str,
) {
    let snapshot = with(|snapshot| {
        snapshot.team = Some(team);
        snapshot.assigned = 4;
    });
    let explanation = explained(&snapshot);
    assert_eq!(explanation.blocked_by, Some(PreconditionCode::Agents));
    let agents = explanation.preconditions.iter().find(|one| one.code == PreconditionCode::Agents).unwrap();
    assert_eq!(agents.words, words);
}

#[test]
fn a_predictive_campaign_says_when_the_provider_keeps_it_from_calling_ahead_of_agents() {
    let mut snapshot = dialing();
    snapshot.campaign = campaign().active().mode(DialingMode::Predictive).build();
    let words = |snapshot: &CampaignSnapshot| {
        let told = explained(snapshot).preconditions;
        told.into_iter().find(|one| one.code == PreconditionCode::DialingMode).unwrap().words
    };
    assert!(words(&snapshot).contains("rings the agent before the customer"));
    engine(&mut snapshot).capabilities.leg_order = LegOrder::CustomerFirst;
    assert!(!words(&snapshot).contains("rings the agent"));
}
