//! Settings: read once at the start, checked as a whole, handed down as typed sections.
//!
//! `config/default.toml` is the reference. It is compiled in, so the program needs no file, and it is the list of what
//! may be set at all: a key that it does not hold is a mistake, wherever it comes from.

mod check;
mod layers;
mod sections;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use sections::{
    AgentSection, AudioSettings, AuthSettings, CorsSettings, DatabaseSettings, DialingSettings, EngineSection,
    ImportSection, LimitSettings, LiveEventsFrom, LogSettings, MetricsSettings, NumberSettings, Provider,
    ProviderRecordings, RouteWord, RuleSettings, ServerSettings, SimulatorSettings, TelephonySettings,
    VoipStudioSection, WebhookSettings,
};

use layers::Layers;

/// The environment as settings see it: names and values.
pub type Environment = BTreeMap<String, String>;

/// All settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where and how HTTP is served.
    pub server: ServerSettings,
    /// Other sites whose scripts may call.
    pub cors: CorsSettings,
    /// Who may read the figures.
    pub metrics: MetricsSettings,
    /// Where data is kept.
    pub database: DatabaseSettings,
    /// Whose tokens are accepted.
    pub auth: AuthSettings,
    /// How often callers may ask.
    pub limits: LimitSettings,
    /// Who places the calls.
    pub telephony: TelephonySettings,
    /// The dialing engine.
    pub engine: EngineSection,
    /// How agents work.
    pub agents: AgentSection,
    /// How numbers are read.
    pub numbers: NumberSettings,
    /// What campaigns get that do not say otherwise.
    pub dialing: DialingSettings,
    /// The rules by which contacts may be called.
    pub rules: RuleSettings,
    /// Imports of contact lists.
    pub imports: ImportSection,
    /// What audio is taken in.
    pub audio: AudioSettings,
    /// What is logged.
    pub log: LogSettings,
    /// The file that was read, where there was one.
    pub file: Option<PathBuf>,
}

/// Settings that cannot be worked with: everything that is wrong, at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", list(.0))]
pub struct SettingsError(
    /// Each problem names the key or variable and says what would do. At least one.
    pub Vec<String>,
);

fn list(problems: &[String]) -> String {
    match problems {
        [one] => format!("the settings cannot be used: {one}"),
        many => format!("the settings have {} problems:\n  - {}", many.len(), many.join("\n  - ")),
    }
}

impl Settings {
    /// Reads all layers. `file` is the one named by the person who starts the program; without it,
    /// `config/<DIALER_ENV>.toml` is read when it exists.
    ///
    /// # Errors
    /// [`SettingsError`] lists every unknown key, every value of the wrong kind, and every contradiction.
    pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Self, SettingsError> {
        let mut layers = Layers::read(file, environment)?;
        let file = layers.file.take();
        let (
            Some(server),
            Some(cors),
            Some(metrics),
            Some(database),
            Some(auth),
            Some(limits),
            Some(telephony),
            Some(engine),
            Some(agents),
            Some(numbers),
            Some(dialing),
            Some(rules),
            Some(imports),
            Some(audio),
            Some(log),
        ) = (
            layers.section("server"),
            layers.section("cors"),
            layers.section("metrics"),
            layers.section("database"),
            layers.section("auth"),
            layers.section("limits"),
            layers.section("telephony"),
            layers.section("engine"),
            layers.section("agents"),
            layers.section("numbers"),
            layers.section("dialing"),
            layers.section("rules"),
            layers.section("imports"),
            layers.section("audio"),
            layers.section("log"),
        )
        else {
            return Err(SettingsError(layers.problems));
        };
        let settings = Self {
            server,
            cors,
            metrics,
            database,
            auth,
            limits,
            telephony,
            engine,
            agents,
            numbers,
            dialing,
            rules,
            imports,
            audio,
            log,
            file,
        };
        let mut problems = layers.problems;
        check::check(&settings, &mut problems);
        if problems.is_empty() { Ok(settings) } else { Err(SettingsError(problems)) }
    }

    /// The process's environment. Names and values that are not Unicode are left out.
    #[must_use]
    pub fn environment() -> Environment {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }
}

#[cfg(test)]
mod tests;
