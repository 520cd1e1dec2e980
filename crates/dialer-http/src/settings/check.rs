//! What must hold between settings, and the ranges of single ones.

use dialer_simulator::CarrierSettings;
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::EnvFilter;

use super::{Provider, Settings};
use crate::auth::jwks;

/// Shortest key that local tokens may be signed with, in bytes: as long as the hash (RFC 7518, 3.2).
const SIGNING_KEY_MIN: usize = 32;

/// Shortest secret in an address: who may try 300 a minute does not find it.
const WEBHOOK_SECRET_MIN: usize = 24;

pub(super) fn check(settings: &Settings, problems: &mut Vec<String>) {
    ranges(settings, problems);
    let Settings { auth, telephony, engine, log, .. } = settings;
    let mut wrong = |problem: String| problems.push(problem);
    for origin in settings.cors.allowed_origins.iter().filter(|origin| !is_origin(origin)) {
        wrong(format!(
            "`cors.allowed_origins` holds {origin}; use * or scheme and host only, such as https://app.example"
        ));
    }
    let key = auth.signing_key.expose_secret();
    if !key.is_empty() && key.len() < SIGNING_KEY_MIN {
        wrong(format!("`auth.signing_key` is too short; use at least {SIGNING_KEY_MIN} random characters"));
    }
    if let Err((setting, problem)) = jwks::address(auth) {
        wrong(format!("`{setting}` {problem}"));
    }
    if telephony.provider == Provider::VoipStudio && is_empty(&telephony.voipstudio.api_key) {
        wrong(
            "`telephony.provider` is voipstudio, but there is no API key; set VOIPSTUDIO_API_KEY, or use the simulator"
                .to_owned(),
        );
    }
    if settings.rules.open && telephony.provider != Provider::Simulator && !is_here(&telephony.voipstudio.base_url) {
        wrong(
            "`rules.open` lets everybody be called at any hour; it goes with the simulator only, or with a provider on this machine, where no phone rings"
                .to_owned(),
        );
    }
    let webhook = &telephony.voipstudio.webhook;
    let secret = webhook.secret.expose_secret();
    let in_a_path = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !secret.is_empty() && (secret.len() < WEBHOOK_SECRET_MIN || !secret.bytes().all(in_a_path)) {
        wrong(format!(
            "`telephony.voipstudio.webhook.secret` cannot be used; use at least {WEBHOOK_SECRET_MIN} random letters, digits, - or _"
        ));
    }
    if webhook.username.is_empty() != is_empty(&webhook.password) || webhook.username.contains(':') {
        wrong(
            "`telephony.voipstudio.webhook` needs both username and password, or neither, and no : in the username"
                .to_owned(),
        );
    }
    if let Err(error) = CarrierSettings::validate(&telephony.simulator.carrier) {
        wrong(format!("`telephony.simulator.carrier.{}` {}", error.setting, error.problem));
    }
    let slowest_dial = u64::from(telephony.dial_timeout_seconds) + u64::from(telephony.longest_wait_seconds);
    if u64::from(engine.answer_wait_seconds) < slowest_dial {
        wrong(format!(
            "`engine.answer_wait_seconds` is {}, but a dial may be answered after {slowest_dial} s \
             (`telephony.dial_timeout_seconds` and `telephony.longest_wait_seconds` together); a call could be placed twice",
            engine.answer_wait_seconds
        ));
    }
    if let Err(error) = EnvFilter::try_new(&log.filter) {
        wrong(format!("`log.filter` cannot be read ({error}); write something like info,sqlx=warn"));
    }
}

/// Whether the host of an address is this machine: a double of the provider.
fn is_here(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name == "[::1]" || name.parse::<std::net::Ipv4Addr>().is_ok_and(|at| at.is_loopback())
}

/// `*`, or a scheme and an authority without a path: what browsers send as `Origin`.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    text == "*" || host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ', '*']))
}

fn ranges(settings: &Settings, problems: &mut Vec<String>) {
    let Settings { database, auth, limits, telephony, engine, agents, imports, audio, .. } = settings;
    let numbers: [(&str, u64, u64, u64); 29] = [
        ("database.max_connections", database.max_connections.into(), 1, 1000),
        ("auth.jwks_max_age_seconds", auth.jwks_max_age_seconds.into(), 30, 86_400),
        ("limits.user_requests_per_minute", limits.user_requests_per_minute.into(), 0, 1_000_000),
        ("limits.user_burst", limits.user_burst.into(), 1, 1_000_000),
        ("limits.address_requests_per_minute", limits.address_requests_per_minute.into(), 0, 1_000_000),
        ("limits.address_burst", limits.address_burst.into(), 1, 1_000_000),
        ("telephony.requests_per_minute", telephony.requests_per_minute.into(), 1, 6000),
        ("telephony.connect_timeout_seconds", telephony.connect_timeout_seconds.into(), 1, 600),
        ("telephony.request_timeout_seconds", telephony.request_timeout_seconds.into(), 1, 600),
        ("telephony.dial_timeout_seconds", telephony.dial_timeout_seconds.into(), 1, 600),
        ("telephony.longest_wait_seconds", telephony.longest_wait_seconds.into(), 1, 600),
        ("telephony.simulator.agents", telephony.simulator.agents.into(), 1, 1000),
        ("audio.upload_limit_mib", audio.upload_limit_mib.into(), 1, 4096),
        ("audio.collect_seconds", audio.collect_seconds.into(), 10, 3600),
        ("audio.collect_for_minutes", audio.collect_for_minutes.into(), 1, 10_080),
        ("engine.horizon", u64::try_from(engine.horizon).unwrap_or(u64::MAX), 1, 1000),
        ("engine.follow_up_tolerance_minutes", engine.follow_up_tolerance_minutes.into(), 0, 1440),
        ("engine.tick_milliseconds", engine.tick_milliseconds.into(), 10, 60_000),
        ("engine.sweep_seconds", engine.sweep_seconds.into(), 1, 3600),
        ("engine.record_wait_seconds", engine.record_wait_seconds.into(), 1, 86_400),
        ("engine.answer_wait_seconds", engine.answer_wait_seconds.into(), 1, 86_400),
        ("engine.longest_call_minutes", engine.longest_call_minutes.into(), 1, 1440),
        ("engine.lease_seconds", engine.lease_seconds.into(), 3, 300),
        ("agents.offer_seconds", agents.offer_seconds.into(), 5, 3600),
        ("agents.grace_seconds", agents.grace_seconds.into(), 0, 86_400),
        ("rules.longest_ring_seconds", settings.rules.longest_ring_seconds.into(), 0, 300),
        ("imports.max_file_bytes", imports.max_file_bytes, 1, 1 << 40),
        ("imports.batch_rows", imports.batch_rows.into(), 1, 50_000),
        ("imports.parallel", u64::try_from(imports.parallel).unwrap_or(u64::MAX), 1, 16),
    ];
    for (key, given, least, most) in numbers {
        if !(least..=most).contains(&given) {
            problems.push(format!("`{key}` is {given}; use {least} to {most}"));
        }
    }
    let shortest = telephony.request_timeout_seconds.min(telephony.dial_timeout_seconds);
    if telephony.connect_timeout_seconds >= shortest {
        problems.push(
            "`telephony.connect_timeout_seconds` must be shorter than `telephony.request_timeout_seconds` and \
             `telephony.dial_timeout_seconds`"
                .to_owned(),
        );
    }
}

fn is_empty(secret: &SecretString) -> bool {
    secret.expose_secret().trim().is_empty()
}
