//! What the provider account offers: asked for without calling anybody.

use std::sync::Arc;

use dialer_app::SystemClock;
use dialer_domain::clock::Clock;
use dialer_domain::telephony::{Capabilities, LegOrder, Telephony, TelephonyError};
use dialer_voipstudio::VoipStudio;
use time::Duration;

use super::Check;
use super::provider::advice;
use crate::settings::Settings;
use crate::telephony::voipstudio_adapter;

/// How far back call records are looked for.
const LOOK_BACK: Duration = Duration::hours(24);

pub(super) async fn checks(settings: &Settings) -> Vec<Check> {
    let clock = Arc::new(SystemClock);
    match voipstudio_adapter(settings, clock.clone()) {
        Ok(account) => look_at(&account, clock.as_ref()).await,
        Err(error) => vec![Check::fail("account", error.to_string(), "mend the settings")],
    }
}

/// Looks at everything that a dialer needs of the account; stops at a key that is not accepted.
pub(super) async fn look_at(account: &VoipStudio, clock: &dyn Clock) -> Vec<Check> {
    let mut found = Vec::new();
    match account.key_user().await {
        Ok(line) => found.push(Check::ok("key", format!("belongs to user {line}, and has that user's rights"))),
        Err(error @ TelephonyError::Unauthorized { .. }) => return vec![failed("key", &error)],
        Err(error) => found.push(unclear("key", &error)),
    }
    found.push(match account.live_calls().await {
        Ok(calls) => Check::ok("live calls", format!("can be listed; {} now", calls.len())),
        Err(error) => failed("live calls", &error),
    });
    found.push(match account.call_records_since(clock.now() - LOOK_BACK).await {
        Ok(records) => Check::ok("call records", format!("can be listed; {} of the last 24 hours", records.len())),
        Err(error) => failed("call records", &error),
    });
    found.push(match account.numbers().await {
        Ok(numbers) if numbers.is_empty() => {
            Check::warn("numbers", "none, so no caller ID can be chosen", "rent a number in the provider's dashboard")
        }
        Ok(numbers) => {
            let shown: Vec<String> = numbers.iter().take(20).map(|number| number.masked()).collect();
            Check::ok("numbers", format!("{}: {}", numbers.len(), shown.join(", ")))
        }
        Err(error) => unclear("numbers", &error),
    });
    found.push(match account.queues().await {
        Ok(queues) => Check::ok("queues", format!("{}", queues.len())),
        Err(error) => unclear("queues", &error),
    });
    match account.probe().await {
        Ok(offers) => found.extend(offered(offers)),
        Err(error) => found.push(unclear("offers", &error)),
    }
    let budget = account.budget();
    found.push(match budget.paused_until {
        Some(until) => Check::warn(
            "budget",
            format!("the provider asked for a pause, until {until}"),
            "lower telephony.requests_per_minute if this comes back",
        ),
        None => Check::ok(
            "budget",
            format!("{} requests a minute; {} free now", budget.limit_per_minute, budget.available_now),
        ),
    });
    found
}

fn offered(offers: Capabilities) -> Vec<Check> {
    let first = match offers.leg_order {
        LegOrder::AgentFirst => "the agent's phone rings first",
        LegOrder::CustomerFirst => "the customer's phone rings first",
    };
    let yes_or_no = |name, yes: bool, without: &str| {
        if yes {
            Check::ok(name, "yes")
        } else {
            Check::warn(name, format!("no: {without}"), "see the provider's plan, and the rights of the key's user")
        }
    };
    vec![
        Check::ok("calls", first),
        yes_or_no("recordings", offers.recording, "the key may not list them"),
        yes_or_no("messages", offers.sms, "the key may not list them, so none can be sent"),
    ]
}

fn failed(name: &'static str, error: &TelephonyError) -> Check {
    Check::fail(name, error.to_string(), advice(error))
}

fn unclear(name: &'static str, error: &TelephonyError) -> Check {
    Check::warn(name, error.to_string(), advice(error))
}
