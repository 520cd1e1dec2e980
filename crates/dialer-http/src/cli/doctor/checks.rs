//! Settings, data folder, database, tokens, zones, numbers.

use std::path::Path;

use dialer_app::SystemClock;
use dialer_domain::clock::Clock;
use dialer_domain::phone::PhoneNumber;
use dialer_domain::schedule::Zone;
use dialer_seaorm::{Database, DatabaseError};
use secrecy::ExposeSecret;
use time::Duration;
use time::macros::datetime;

use super::Check;
use crate::auth::jwks::{self, Source};
use crate::cli::explain;
use crate::data_folder::DataFolder;
use crate::settings::{Environment, Settings};
use crate::telephony::TelephonyKind;
use crate::wiring;

/// Shorter secrets can be guessed by trying (RFC 7518, 3.2: as long as the hash).
const SECRET_MIN: usize = 32;

pub(super) fn settings(settings: &Settings, environment: &Environment) -> Check {
    let named = environment.get("DIALER_ENV").filter(|name| !name.is_empty());
    if let (Some(name), None) = (named, &settings.file) {
        return Check::warn(
            "settings",
            format!("defaults and environment; DIALER_ENV is {name}, but there is no file config/{name}.toml here"),
            "start the program in the folder above config, or name the file with --config",
        );
    }
    let from = settings.file.as_ref().map_or_else(
        || "defaults and environment; no settings file".to_owned(),
        |file| format!("{} and environment", file.display()),
    );
    Check::ok("settings", from)
}

/// Looks without making anything.
pub(super) fn data_folder(path: &Path, settings: &Settings) -> Vec<Check> {
    const NAME: &str = "data folder";
    if !path.exists() {
        let detail = format!("{} is not there yet; it is made when it is needed", path.display());
        return vec![Check::ok(NAME, detail)];
    }
    let folder = match DataFolder::open(path) {
        Ok(folder) => folder,
        Err(error) => return vec![Check::fail(NAME, error.to_string(), "name a folder that this user may write to")],
    };
    let place = folder.path().display().to_string();
    let mut found = vec![if let Err(error) = tempfile_in(folder.path()) {
        Check::fail(NAME, format!("{place} cannot be written to: {error}"), "give this user the right to write there")
    } else if folder.is_open_to_others() {
        Check::warn(
            NAME,
            format!("{place} can be entered by other users of this machine"),
            format!("chmod 700 {place}"),
        )
    } else {
        Check::ok(NAME, place)
    }];
    if settings.auth.signing_key.expose_secret().is_empty()
        && folder.has_signing_key()
        && let Err(error) = folder.signing_key()
    {
        found.push(Check::fail("signing key", error.to_string(), "mend or remove the file"));
    }
    found
}

fn tempfile_in(folder: &Path) -> std::io::Result<()> {
    let probe = folder.join(format!("doctor.{}", std::process::id()));
    std::fs::write(&probe, b"")?;
    std::fs::remove_file(&probe)
}

pub(super) async fn database(data_dir: &Path, settings: &Settings) -> Check {
    const NAME: &str = "database";
    let in_folder = settings.database.url.expose_secret().trim().is_empty();
    if in_folder && !DataFolder::database_file(data_dir).exists() {
        return Check::ok(NAME, "SQLite, not made yet; `dialer serve` and `dialer migrate` make it");
    }
    let opened = match DataFolder::open(data_dir) {
        Ok(data) => wiring::open_database(settings, &data).await,
        Err(error) => return Check::fail(NAME, error.to_string(), "mend the data folder first"),
    };
    let database = match opened {
        Ok(database) => database,
        Err(error) => return Check::fail(NAME, explain(&error), "check DATABASE_URL, or what is at that place"),
    };
    let check = schema(&database).await;
    database.close().await;
    check
}

async fn schema(database: &Database) -> Check {
    const NAME: &str = "database";
    let kind = database.kind();
    match database.pending_migrations().await {
        Ok(pending) if pending.is_empty() => Check::ok(NAME, format!("{kind}, answers, schema up to date")),
        Ok(pending) => Check::warn(
            NAME,
            format!("{kind}, answers, but lacks {} of the schema's steps: {}", pending.len(), pending.join(", ")),
            "run `dialer migrate`, or start `dialer serve`, which does the same",
        ),
        Err(error @ DatabaseError::Newer { .. }) => {
            Check::fail(NAME, error.to_string(), "run the newest version of this program, or restore a backup")
        }
        Err(error) => Check::fail(NAME, explain(&error), "look at the database's own log"),
    }
}

pub(super) fn sign_in(settings: &Settings) -> Check {
    const NAME: &str = "sign-in";
    let secret = settings.auth.supabase_jwt_secret.expose_secret();
    let has_url = !settings.auth.supabase_url.trim().is_empty();
    match (secret.len(), has_url) {
        (0, true) => {
            Check::ok(NAME, "local tokens (`dialer token`) and Supabase's, by the keys that the project publishes")
        }
        (0, false) => Check::ok(NAME, "local tokens (`dialer token`)"),
        (length, _) if length < SECRET_MIN => Check::warn(
            NAME,
            format!("the Supabase JWT secret is shorter than {SECRET_MIN} characters"),
            "check that SUPABASE_JWT_SECRET is the project's JWT secret, whole",
        ),
        (_, false) => Check::warn(
            NAME,
            "tokens of any issuer that knows the Supabase JWT secret are accepted",
            "set SUPABASE_URL, so that only the project's own tokens are",
        ),
        (_, true) => Check::ok(NAME, "local tokens (`dialer token`) and Supabase's"),
    }
}

/// Whether the project's published keys can be fetched and used. `None` when no project is named.
pub(super) async fn published_keys(settings: &Settings) -> Option<Check> {
    const NAME: &str = "Supabase keys";
    let url = jwks::address(&settings.auth).ok()??;
    let place = url.to_string();
    let has_secret = !settings.auth.supabase_jwt_secret.expose_secret().is_empty();
    let count = match Source::new(url, Duration::seconds(settings.auth.jwks_max_age_seconds.into())) {
        Ok(source) => source.count().await,
        Err(error) => Err(error),
    };
    Some(match (count, has_secret) {
        (Ok(0), true) => {
            Check::ok(NAME, "the project publishes none; its tokens are verified with SUPABASE_JWT_SECRET")
        }
        (Ok(0), false) => Check::fail(
            NAME,
            format!("{place} holds no key for RS256 or ES256, so Supabase's tokens are refused"),
            "give the project an asymmetric signing key, or set SUPABASE_JWT_SECRET",
        ),
        (Ok(count), _) => Check::ok(NAME, format!("{place} answers with {count} that can be used")),
        (Err(error), true) => Check::warn(NAME, format!("{place}: {}", explain(&error)), JWKS_ADVICE),
        (Err(error), false) => Check::fail(NAME, format!("{place}: {}", explain(&error)), JWKS_ADVICE),
    })
}

const JWKS_ADVICE: &str = "check SUPABASE_URL (DIALER__AUTH__SUPABASE_JWKS_URL where the keys are elsewhere), and that this machine reaches it";

/// Zone rules are inside the program; this makes sure that they are there and know summer time.
pub(super) fn zones(settings: &Settings) -> Check {
    const NAME: &str = "zone data";
    let summer = datetime!(2026-07-01 12:00 UTC);
    match "America/New_York".parse::<Zone>() {
        Ok(zone) if zone.local(summer).offset().whole_hours() == -4 => {
            let zone = &settings.dialing.default_timezone;
            let local = zone.local(SystemClock.now());
            let clock = format!("{:02}:{:02}", local.hour(), local.minute());
            Check::ok(
                NAME,
                format!("inside the program; campaigns without a zone use {}, where it is {clock}", zone.name()),
            )
        }
        _ => Check::fail(NAME, "the zone rules inside the program are wrong", "install the program anew"),
    }
}

pub(super) fn numbers(settings: &Settings) -> Check {
    const NAME: &str = "numbers";
    // From the range that the regulator keeps for fiction.
    if PhoneNumber::parse("+44 20 7946 0001", None).is_err() {
        return Check::fail(NAME, "the numbering data inside the program is wrong", "install the program anew");
    }
    match settings.numbers.default_region {
        Some(region) => Check::ok(NAME, format!("numbers without a country code are read as in {region:?}")),
        None => Check::warn(
            NAME,
            "no default region: numbers that do not begin with + are refused",
            "set DIALER__NUMBERS__DEFAULT_REGION, such as GB or US, when lists hold national numbers",
        ),
    }
}

/// Whose the calls are that come in. The simulator has none.
pub(super) fn inbound(settings: &Settings) -> Option<Check> {
    const NAME: &str = "inbound calls";
    if TelephonyKind::of(&settings.telephony) == TelephonyKind::Simulator {
        return None;
    }
    Some(match settings.telephony.inbound_owner {
        Some(owner) => Check::ok(NAME, format!("logged for user {owner}")),
        None => Check::ok(NAME, "not logged: telephony.inbound_owner names no user to whom they would belong"),
    })
}
