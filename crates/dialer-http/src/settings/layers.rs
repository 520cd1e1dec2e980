//! The layers that settings come from, laid over each other by the `config` crate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::{Config, ConfigError, File, FileFormat, Map, Source, Value, ValueKind};
use serde::de::DeserializeOwned;

use super::{Environment, SettingsError};

const DEFAULTS: &str = include_str!("../../../../config/default.toml");

/// Variables that have names of their own, and the keys they set.
const WELL_KNOWN: [(&str, &str); 9] = [
    ("DATABASE_URL", "database.url"),
    ("VOIPSTUDIO_API_KEY", "telephony.voipstudio.api_key"),
    ("VOIPSTUDIO_USERNAME", "telephony.voipstudio.username"),
    ("VOIPSTUDIO_BASE_URL", "telephony.voipstudio.base_url"),
    ("VOIPSTUDIO_SERVER", "telephony.voipstudio.server"),
    ("VOIPSTUDIO_WEBHOOK_SECRET", "telephony.voipstudio.webhook.secret"),
    ("VOIPSTUDIO_WEBHOOK_PASSWORD", "telephony.voipstudio.webhook.password"),
    ("SUPABASE_JWT_SECRET", "auth.supabase_jwt_secret"),
    ("SUPABASE_URL", "auth.supabase_url"),
];

const PREFIX: &str = "DIALER__";

/// Every layer that could be read, as one, and what was wrong so far.
pub(super) struct Layers {
    merged: Config,
    /// Where each value came from that is not a default.
    origins: BTreeMap<String, String>,
    pub(super) file: Option<PathBuf>,
    pub(super) problems: Vec<String>,
}

/// Values by their full key, such as `server.port`.
#[derive(Debug, Clone)]
struct Layer(Map<String, Value>);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

impl Layers {
    pub(super) fn read(named: Option<&Path>, environment: &Environment) -> Result<Self, SettingsError> {
        let defaults = flatten(File::from_str(DEFAULTS, FileFormat::Toml).collect().map_err(|error| unusable(&error))?);
        let mut problems = Vec::new();
        let file = named.map(Path::to_owned).or_else(|| environment_file(environment, &mut problems));
        let mut from_file = match &file {
            Some(path) => read_file(path, &mut problems),
            None => Map::new(),
        };
        from_file.retain(|key, _| {
            let known = defaults.contains_key(key);
            if !known {
                let path = file.as_deref().unwrap_or(Path::new("")).display();
                problems.push(format!("`{key}` in {path} is not a setting; {}", neighbours(key, &defaults)));
            }
            known
        });
        let from_environment = read_environment(environment, &defaults, &mut problems);
        let origins = from_file.iter().chain(&from_environment);
        let origins = origins.filter_map(|(key, value)| Some((key.clone(), value.origin()?.to_owned()))).collect();
        let merged = Config::builder()
            .add_source(Layer(defaults))
            .add_source(Layer(from_file))
            .add_source(Layer(from_environment))
            .build()
            .map_err(|error| unusable(&error))?;
        Ok(Self { merged, origins, file, problems })
    }

    /// One section, or `None` with its problem noted.
    pub(super) fn section<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        let table: Value = self.merged.get(name).map_err(|error| self.problems.push(error.to_string())).ok()?;
        serde_path_to_error::deserialize(table)
            .map_err(|error| {
                let key = format!("{name}.{}", error.path());
                let origin = self.origins.get(&key).map(|origin| format!(" (from {origin})")).unwrap_or_default();
                self.problems.push(format!("`{key}`{origin} {}", what_is_wrong(error.inner())));
            })
            .ok()
    }
}

fn unusable(error: &ConfigError) -> SettingsError {
    SettingsError(vec![error.to_string()])
}

/// `config/<DIALER_ENV>.toml`, when the variable is set and the file exists.
fn environment_file(environment: &Environment, problems: &mut Vec<String>) -> Option<PathBuf> {
    let name = environment.get("DIALER_ENV").filter(|name| !name.is_empty())?;
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        problems.push(
            "DIALER_ENV: use letters, digits, - and _ only; it names the file config/<DIALER_ENV>.toml".to_owned(),
        );
        return None;
    }
    Some(Path::new("config").join(format!("{name}.toml"))).filter(|path| path.exists())
}

fn read_file(path: &Path, problems: &mut Vec<String>) -> Map<String, Value> {
    let read = std::fs::read_to_string(path).map_err(|error| {
        format!("{} cannot be read ({error}); name an existing TOML file with --config", path.display())
    });
    let parsed = read.and_then(|text| {
        File::from_str(&text, FileFormat::Toml)
            .collect()
            .map_err(|error| format!("{} is not TOML: {error}", path.display()))
    });
    match parsed {
        Ok(tree) => {
            let origin = path.display().to_string();
            flatten(tree).into_iter().map(|(key, value)| (key, Value::new(Some(&origin), value.kind))).collect()
        }
        Err(problem) => {
            problems.push(problem);
            Map::new()
        }
    }
}

fn read_environment(
    environment: &Environment,
    known: &Map<String, Value>,
    problems: &mut Vec<String>,
) -> Map<String, Value> {
    let mut values = Map::new();
    let mut set = |name: &str, key: &str, text: &str| {
        values.insert(key.to_owned(), Value::new(Some(&name.to_owned()), ValueKind::String(text.to_owned())));
    };
    let given = |name: &str| environment.get(name).filter(|text| !text.is_empty());
    for (name, key) in WELL_KNOWN {
        if let Some(text) = given(name) {
            set(name, key, text);
        }
    }
    for (name, text) in environment {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let key = rest.to_lowercase().replace("__", ".");
        if !known.contains_key(&key) {
            problems.push(format!("{name} is not a setting; {}", neighbours(&key, known)));
        } else if !text.is_empty() {
            set(name, &key, text);
        }
    }
    values
}

/// Tables taken apart; lists stay whole.
fn flatten(tree: Map<String, Value>) -> Map<String, Value> {
    let mut flat = Map::new();
    let mut waiting: Vec<(String, Value)> = tree.into_iter().collect();
    while let Some((key, value)) = waiting.pop() {
        match value.kind {
            ValueKind::Table(table) => {
                waiting.extend(table.into_iter().map(|(name, value)| (format!("{key}.{name}"), value)));
            }
            _ => {
                flat.insert(key, value);
            }
        }
    }
    flat
}

/// What would have been settings where `key` looks for one.
fn neighbours(key: &str, known: &Map<String, Value>) -> String {
    let section = key.rsplit_once('.').map_or("", |(section, _)| section);
    let mut names: Vec<&str> = known
        .keys()
        .filter_map(|known| known.rsplit_once('.'))
        .filter_map(|(known_section, name)| (known_section == section).then_some(name))
        .collect();
    if names.is_empty() {
        let mut sections: Vec<&str> = known.keys().filter_map(|known| known.split('.').next()).collect();
        sections.sort_unstable();
        sections.dedup();
        return format!("the sections are: {}", sections.join(", "));
    }
    names.sort_unstable();
    format!("`{section}` has: {}", names.join(", "))
}

/// What is wrong with a value, without the value.
fn what_is_wrong(error: &ConfigError) -> String {
    match error {
        ConfigError::Type { expected, .. } => format!("must be {expected}"),
        ConfigError::At { error, .. } => what_is_wrong(error),
        ConfigError::Message(message) => format!("cannot be used: {message}"),
        other => format!("cannot be used: {other}"),
    }
}
