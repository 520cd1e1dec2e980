//! Each precondition held against what is known, in words that say what to do.

use time::OffsetDateTime;

use super::campaign::{CampaignSnapshot, Hours};
use super::engine::{AgentCounts, EnginePhase, EngineSight, Pacer};
use super::preconditions::{Precondition, PreconditionCode};
use super::{counted, wall};
use crate::campaigns::{CampaignStatus, DialingMode};
use crate::telephony::LegOrder;

/// Every precondition, in the order of [`PreconditionCode`].
pub(super) fn all(snapshot: &CampaignSnapshot, hours: Hours, now: OffsetDateTime) -> Vec<Precondition> {
    vec![
        campaign_status(snapshot),
        dialing_mode(snapshot),
        active_hours(snapshot, hours),
        agents(snapshot),
        due_contacts(snapshot),
        engine(snapshot),
        provider(snapshot, now),
        request_budget(snapshot, now),
        pacer(snapshot),
    ]
}

fn campaign_status(snapshot: &CampaignSnapshot) -> Precondition {
    let code = PreconditionCode::CampaignStatus;
    let campaign = &snapshot.campaign;
    match campaign.status {
        CampaignStatus::Active => Precondition::ok(code, "The campaign is active."),
        CampaignStatus::Draft => Precondition::not(
            code,
            "The campaign is a draft; it was never started.",
            "start it: POST /api/dialer/campaigns/{id}/actions/start",
        ),
        CampaignStatus::Paused => match &campaign.pause_reason {
            Some(reason) => Precondition::not(
                code,
                format!("The engine paused the campaign: {reason}."),
                "mend that, then resume it: POST /api/dialer/campaigns/{id}/actions/resume",
            ),
            None => Precondition::not(
                code,
                "A person paused the campaign.",
                "resume it: POST /api/dialer/campaigns/{id}/actions/resume",
            ),
        },
        CampaignStatus::Completed => Precondition::not(
            code,
            "The campaign is completed: nobody was left to call, or a person completed it.",
            "add or open contacts, then start it again: POST /api/dialer/campaigns/{id}/actions/start",
        ),
        CampaignStatus::Archived => Precondition::not(
            code,
            "The campaign is archived for good.",
            "make another one like it: POST /api/dialer/campaigns/{id}/actions/duplicate?contacts=true",
        ),
    }
}

fn dialing_mode(snapshot: &CampaignSnapshot) -> Precondition {
    let code = PreconditionCode::DialingMode;
    match snapshot.campaign.mode {
        DialingMode::Manual => Precondition::not(
            code,
            "In a manual campaign people start every call; the engine never does.",
            "place calls with POST /api/dialer/calls, or set the campaign's type to power",
        ),
        DialingMode::Preview => Precondition::ok(code, "Agents see a contact first and start the call themselves."),
        DialingMode::Power => Precondition::ok(code, "The engine calls a contact for each agent who is free."),
        DialingMode::Predictive => {
            let order = snapshot.engine.as_ref().map(|engine| engine.capabilities.leg_order);
            let words = if order == Some(LegOrder::AgentFirst) {
                "This provider rings the agent before the customer, so nobody can be called ahead of agents: the engine calls a \
                 contact for each agent who is free, as in a power campaign."
            } else {
                "The engine calls a contact for each agent who is free; it does not call ahead of agents yet."
            };
            Precondition::ok(code, words)
        }
    }
}

fn active_hours(snapshot: &CampaignSnapshot, hours: Hours) -> Precondition {
    let code = PreconditionCode::ActiveHours;
    let zone = &snapshot.campaign.timezone;
    let told = |at: Option<OffsetDateTime>| at.map_or_else(|| "an unknown instant".to_owned(), |at| wall(zone, at));
    if hours.open {
        return Precondition::ok(code, format!("Calls may start until {}.", told(hours.closes_at)));
    }
    Precondition::not(
        code,
        format!("It is outside the active hours; they begin on {}.", told(hours.opens_at)),
        "wait, or change the campaign's active_hours or timezone",
    )
}

fn agents(snapshot: &CampaignSnapshot) -> Precondition {
    let code = PreconditionCode::Agents;
    if let Some(team) = &snapshot.team {
        return assigned_agents(team);
    }
    let Some(EngineSight { agents, .. }) = &snapshot.engine else {
        return Precondition::unknown(code, "Only the running program knows which phones are free.");
    };
    let (all, ready) = (agents.all(), agents.ready);
    if all == 0 {
        return Precondition::not(
            code,
            "Nobody is assigned to the campaign, and the settings name no phone for such campaigns.",
            "assign agents: POST /api/dialer/campaigns/{id}/agents, or set engine.agents or VOIPSTUDIO_USERNAME to ids of \
             active users of the provider account",
        );
    }
    if ready == 0 {
        let (busy, resting) = (agents.busy, agents.resting);
        return Precondition::not(
            code,
            format!("None of {all} phones is free: {busy} on a call, {resting} resting."),
            "wait: whichever becomes free gets the next call",
        );
    }
    Precondition::ok(code, format!("{ready} of {all} phones are free."))
}

fn assigned_agents(team: &AgentCounts) -> Precondition {
    let code = PreconditionCode::Agents;
    let AgentCounts { ready, busy, resting, away } = *team;
    let all = team.all() + away;
    if ready > 0 {
        return Precondition::ok(code, format!("{ready} of {all} assigned agents are ready."));
    }
    if team.all() == 0 {
        return Precondition::not(
            code,
            format!("None of {all} assigned agents is at work."),
            "let an agent with a profile (POST /api/dialer/agents) become ready: POST /api/dialer/agents/me/state",
        );
    }
    Precondition::not(
        code,
        format!(
            "None of {all} assigned agents is ready: {busy} on a call, {resting} writing up or paused, {away} away."
        ),
        "wait: whoever becomes ready gets the next call",
    )
}

fn due_contacts(snapshot: &CampaignSnapshot) -> Precondition {
    let code = PreconditionCode::DueContacts;
    let standing = &snapshot.standing;
    if standing.due > 0 {
        let due = counted(standing.due, "contact is", "contacts are");
        return Precondition::ok(code, format!("{due} due, {} of them in line.", standing.waiting));
    }
    let total = standing.total();
    if total == 0 {
        return Precondition::not(
            code,
            "The campaign has no contacts.",
            "add some: POST /api/dialer/campaigns/{id}/contacts",
        );
    }
    match standing.next_due {
        Some(at) => Precondition::not(
            code,
            format!("Of {total} contacts none is due before {}.", wall(&snapshot.campaign.timezone, at)),
            "wait for the next attempt, or shorten the campaign's retry_interval for later ones",
        ),
        None if standing.attempt_live > 0 => Precondition::not(
            code,
            format!(
                "{} being called; nobody else is left.",
                counted(standing.attempt_live, "contact is", "contacts are")
            ),
            "wait for the calls to end",
        ),
        None => Precondition::not(
            code,
            format!("Of {total} contacts none may be called any more."),
            "add contacts, or open some again by setting their status to pending",
        ),
    }
}

fn engine(snapshot: &CampaignSnapshot) -> Precondition {
    let code = PreconditionCode::Engine;
    match snapshot.engine.as_ref().map(|engine| engine.phase) {
        Some(EnginePhase::Running | EnginePhase::Halted) => Precondition::ok(code, "The dialing engine runs."),
        Some(EnginePhase::Starting) => {
            Precondition::not(code, "The dialing engine has not begun yet.", "wait a moment; else look at the logs")
        }
        Some(EnginePhase::Stopped) => {
            Precondition::not(code, "The dialing engine has stopped.", "start the program again: dialer serve")
        }
        None => Precondition::unknown(code, "Whether a program dials on this database is not known from here."),
    }
}

fn provider(snapshot: &CampaignSnapshot, now: OffsetDateTime) -> Precondition {
    let code = PreconditionCode::Provider;
    let Some(engine) = &snapshot.engine else {
        return Precondition::unknown(code, "Only the running program knows how the provider answers.");
    };
    if let Some(reason) = &engine.reason {
        return Precondition::not(
            code,
            format!("Dialling is halted: {reason}."),
            "mend the provider's credentials (VOIPSTUDIO_API_KEY); it is tried again every minute",
        );
    }
    match engine.closed_until.filter(|until| *until > now) {
        Some(until) => Precondition::not(
            code,
            format!(
                "The provider asked for a pause or could not be reached; none is asked for before {}.",
                wall(&snapshot.campaign.timezone, until)
            ),
            "wait; if it goes on, run `dialer doctor --provider`",
        ),
        None => Precondition::ok(code, "The provider takes calls."),
    }
}

fn request_budget(snapshot: &CampaignSnapshot, now: OffsetDateTime) -> Precondition {
    let code = PreconditionCode::RequestBudget;
    let Some(engine) = &snapshot.engine else {
        return Precondition::unknown(code, "Only the running program knows how many requests it has left.");
    };
    let Some(budget) = engine.budget else { return Precondition::ok(code, "This provider limits no requests.") };
    if let Some(until) = budget.paused_until.filter(|until| *until > now) {
        return Precondition::not(
            code,
            format!(
                "The provider asked for fewer requests; none is sent before {}.",
                wall(&snapshot.campaign.timezone, until)
            ),
            "wait; if it happens often, lower telephony.requests_per_minute",
        );
    }
    let (available, limit) = (budget.available_now, budget.limit_per_minute);
    if available == 0 {
        return Precondition::not(
            code,
            format!("All {limit} requests of this minute are used up; {} wait.", budget.waiting),
            "wait some seconds; if the account allows more, raise telephony.requests_per_minute",
        );
    }
    Precondition::ok(code, format!("{available} requests may be sent at once, {limit} in a minute."))
}

fn pacer(snapshot: &CampaignSnapshot) -> Precondition {
    let code = PreconditionCode::Pacer;
    match &snapshot.pacer {
        Pacer::ThisProgram => Precondition::ok(code, "This program starts the campaign's calls."),
        Pacer::Another { name } => Precondition::ok(code, format!("{name} starts the campaign's calls.")),
        Pacer::Nobody => Precondition::not(
            code,
            "No program starts the campaign's calls.",
            "start one: dialer serve; after a crash another one takes over within the lease",
        ),
        Pacer::Unknown => {
            Precondition::unknown(code, "Which program starts the campaign's calls is not known from here.")
        }
    }
}
