//! `dialer provider-double`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, ensure};
use clap::Args;
use clap::builder::RangedU64ValueParser;
use dialer_app::SystemClock;
use dialer_domain::Clock;
use dialer_simulator::{Knobs, ProviderDouble, ProviderDoubleSettings, ScaledClock, SimulatedUser, SimulatedWebhook};
use serde_json::{Map, Value};

use super::say;
use super::serve::asked_to_stop;

const EXAMPLES: &str = "\
Examples:
  dialer provider-double --port 8090             VOIPSTUDIO_BASE_URL is the address that the first line says
  dialer provider-double --webhook http://me:secret@127.0.0.1:8080/hook
                                                 tell every event to a receiver of yours, with Basic authentication
  dialer provider-double --speed 60              an hour of calls takes a minute
  dialer provider-double --set live_legs=two --set webhooks.lost=0.05 --set faults.server_error=0.1
                                                 turn knobs: what is only assumed about the provider, and what fails
  dialer provider-double --print-knobs           every knob and how it stands

It answers as VoIPstudio's API does and calls nobody. Beside that API, with one of the tokens as X-Auth-Token:
  GET   /_double/ledger                          what really became of every call
  GET   /_double/knobs, PATCH /_double/knobs     how the knobs stand, and turn some: {\"webhooks\": {\"doubled\": 0.2}}
  GET   /_double/webhooks                        every event, and whether it was delivered
  POST  /_double/calls                           a call from outside: {\"from\": \"447700900150\", \"user\": 10001}
  POST  /_double/sms                             a text message: {\"from\": …, \"to\": …, \"text\": …}
  POST  /_double/voicemessages                   a voice message: {\"from\": …, \"to\": …, \"seconds\": 20}";

/// Extensions have four digits, and no two users the same.
const MOST_USERS: u64 = 9000;

/// Play the telephone provider, for tests of any client of its API: nobody is called.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ProviderDoubleArgs {
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 8090)]
    port: u16,
    /// Address to listen on; 0.0.0.0 for all of this machine's.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// The same seed makes the same calls and the same faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many users the account has, with ids from 10001.
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = RangedU64ValueParser::<u32>::new().range(1..=MOST_USERS))]
    users: u32,
    /// A token that is accepted, of the first user; may be given several times. [default: a well-known one]
    #[arg(long = "token", value_name = "TOKEN")]
    tokens: Vec<String>,
    /// Where events are posted to; may be given several times. `user:password@` is sent as Basic authentication.
    #[arg(long = "webhook", value_name = "URL")]
    webhooks: Vec<String>,
    /// A file (TOML) of knobs.
    #[arg(long, value_name = "FILE")]
    knobs: Option<PathBuf>,
    /// Turns one knob, after those of the file; may be given several times.
    #[arg(long = "set", value_name = "KNOB=VALUE")]
    sets: Vec<String>,
    /// How many times as fast as real time.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Print the knobs as JSON, as file and `--set` leave them, and end.
    #[arg(long)]
    print_knobs: bool,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if (0.01..=10_000.0).contains(&factor) => Ok(factor),
        _ => Err("it has to be a number from 0.01 to 10000".to_owned()),
    }
}

pub(super) async fn run(args: ProviderDoubleArgs) -> anyhow::Result<ExitCode> {
    let knobs = knobs(args.knobs.as_deref(), &args.sets)?;
    if args.print_knobs {
        say(serde_json::to_string_pretty(&knobs)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let settings = settings(&args, knobs);
    let account = Account::of(&settings);
    let clock = ScaledClock::new(SystemClock.now(), args.speed);
    let double = ProviderDouble::start(settings, Arc::new(clock))?;
    say(format_args!("listening on {}", double.base_url()))?;
    say(account.introduction(&double))?;
    asked_to_stop().await?;
    double.stop().await;
    Ok(ExitCode::SUCCESS)
}

fn settings(args: &ProviderDoubleArgs, knobs: Knobs) -> ProviderDoubleSettings {
    let defaults = ProviderDoubleSettings::default();
    let users = SimulatedUser::crew(args.users);
    let mut queues = defaults.queues;
    for queue in &mut queues {
        queue.users = users.iter().map(|user| user.id).collect();
    }
    ProviderDoubleSettings {
        bind: SocketAddr::new(args.bind, args.port),
        tokens: if args.tokens.is_empty() { defaults.tokens } else { args.tokens.clone() },
        users,
        queues,
        webhooks: args.webhooks.iter().map(SimulatedWebhook::new).collect(),
        seed: args.seed,
        knobs,
        ..defaults
    }
}

/// What a client has to know of the account.
struct Account {
    tokens: Vec<String>,
    users: Vec<SimulatedUser>,
    queues: String,
    numbers: String,
    webhooks: usize,
}

impl Account {
    fn of(settings: &ProviderDoubleSettings) -> Self {
        let queues: Vec<_> = settings.queues.iter().map(|queue| queue.number.as_str()).collect();
        Self {
            tokens: settings.tokens.clone(),
            users: settings.users.clone(),
            queues: queues.join(", "),
            numbers: settings.ddis.join(", "),
            webhooks: settings.webhooks.len(),
        }
    }

    fn introduction(&self, double: &ProviderDouble) -> String {
        let (url, token) = (double.base_url(), self.tokens.first().map_or("TOKEN", String::as_str));
        let user = |user: &SimulatedUser| format!("{} (extension {})", user.id, user.extension());
        let users = match self.users.as_slice() {
            [] => String::new(),
            [only] => user(only),
            [first, .., last] => format!("{} to {}", user(first), user(last)),
        };
        [
            format!("tokens     {}", self.tokens.join(", ")),
            format!("users      {users}"),
            format!("queues     extension {}", self.queues),
            format!("numbers    {}", self.numbers),
            format!("webhooks   {}", self.webhooks),
            format!("control    {}/ledger, /knobs and /webhooks", double.control_url()),
            "a call     ".to_owned()
                + &format!(
                    "curl -H 'X-Auth-Token: {token}' -d '{{\"to\":\"447700900101\",\"from\":\"10001\"}}' {url}/calls"
                ),
        ]
        .join("\n")
    }
}

/// The knobs as the file and then `sets` turn them.
fn knobs(file: Option<&Path>, sets: &[String]) -> anyhow::Result<Knobs> {
    let mut knobs = Knobs::default();
    if let Some(path) = file {
        let read = config::Config::builder()
            .add_source(config::File::from(path).format(config::FileFormat::Toml))
            .build()
            .and_then(config::Config::try_deserialize::<Value>)
            .with_context(|| format!("{} cannot be read as TOML", path.display()))?;
        knobs = knobs.turned(read).with_context(|| format!("{} does not fit", path.display()))?;
    }
    for set in sets {
        knobs = knobs.turned(one_knob(set)?).with_context(|| format!("`--set {set}` does not fit"))?;
    }
    Ok(knobs)
}

/// `group.knob=value` as an object of knobs. A value that is no JSON is a word.
fn one_knob(set: &str) -> anyhow::Result<Value> {
    let parts = set.split_once('=');
    let (name, value) = parts.with_context(|| format!("`--set {set}` has to be KNOB=VALUE, such as live_legs=two"))?;
    ensure!(!name.trim().is_empty(), "`--set {set}` names no knob");
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    let wrap = |inner, name: &str| Value::Object(Map::from_iter([(name.trim().to_owned(), inner)]));
    Ok(name.rsplit('.').fold(value, wrap))
}

#[cfg(test)]
mod tests {
    use dialer_simulator::Legs;

    use super::*;

    fn set(sets: &[&str]) -> anyhow::Result<Knobs> {
        knobs(None, &sets.iter().map(|set| (*set).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn knobs_are_set_by_name_and_the_later_one_counts() {
        let knobs = set(&["live_legs=two", "webhooks.lost=0.5", "webhooks.doubled=0.1", "webhooks.lost=0.05"]).unwrap();
        assert_eq!(knobs.live_legs, Legs::Two);
        assert!((knobs.webhooks.lost - 0.05).abs() < 1e-9 && (knobs.webhooks.doubled - 0.1).abs() < 1e-9);
        assert_eq!(set(&["api_key_idle_limit_seconds=null"]).unwrap().api_key_idle_limit, None);
    }

    #[test]
    fn a_knob_that_does_not_fit_is_named_with_what_is_wrong() {
        let error = |text: &str| super::super::explain(set(&[text]).unwrap_err().as_ref());
        assert!(error("live_legs").contains("KNOB=VALUE"));
        assert!(error("=two").contains("names no knob"));
        let unknown = error("life_legs=two");
        assert!(
            unknown.contains("`--set life_legs=two` does not fit") && unknown.contains("unknown field"),
            "{unknown}"
        );
        assert!(error("live_legs=three").contains("`live_legs`"));
        assert!(error("webhooks.lost=2").contains("from 0 to 1"));
    }
}
