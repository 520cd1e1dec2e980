//! Which adapter serves which port. Nothing else in this crate knows.

use std::sync::Arc;

use async_trait::async_trait;
use dialer_app::{Ports, SystemClock, SystemIds};
use dialer_domain::clock::Clock;
use dialer_domain::forecast::Forecaster;
use dialer_domain::ids::IdSource;
use dialer_domain::store::StoreError;
use dialer_seaorm::{ConnectOptions, Database, DatabaseError, DatabaseKind};
use dialer_simulator::VirtualForecaster;
use secrecy::ExposeSecret;

use crate::auth::LocalTokens;
use crate::data_folder::{DataFolder, DataFolderError};
use crate::extract::Reading;
use crate::routes::DatabaseCheck;
use crate::rule_files;
use crate::settings::Settings;
use crate::telephony::{Network, NetworkError};

/// Parts that stand in for those that the settings choose: a clock that runs faster, a provider that is not there.
#[derive(Clone, Default)]
pub struct Overrides {
    /// The telephone network.
    pub network: Option<Network>,
    /// Time.
    pub clock: Option<Arc<dyn Clock>>,
    /// Identifiers.
    pub ids: Option<Arc<dyn IdSource>>,
}

impl Overrides {
    /// The clock handed in, or the machine's.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone().unwrap_or_else(|| Arc::new(SystemClock))
    }

    /// The source of identifiers handed in, or the machine's.
    #[must_use]
    pub fn ids(&self) -> Arc<dyn IdSource> {
        self.ids.clone().unwrap_or_else(|| Arc::new(SystemIds))
    }

    /// The network handed in, or the one that the settings choose.
    ///
    /// # Errors
    /// [`NetworkError`] when the settings cannot be worked with.
    pub fn network(&self, settings: &Settings) -> Result<Network, NetworkError> {
        self.network.clone().map_or_else(|| Network::choose(settings, self.clock()), Ok)
    }
}

/// Opens the database of the settings, else the one in the data folder. Changes nothing in it.
///
/// # Errors
/// [`DatabaseError`] says what to mend.
pub async fn open_database(settings: &Settings, data: &DataFolder) -> Result<Database, DatabaseError> {
    let named = &settings.database.url;
    let url = if named.expose_secret().trim().is_empty() { data.sqlite_url() } else { named.clone() };
    let options = ConnectOptions { max_connections: settings.database.max_connections, ..ConnectOptions::default() };
    let database = Database::connect(url.expose_secret().trim(), options).await?;
    Ok(database.governed_by(rule_files::shelf(&settings.rules)))
}

/// Every port, with persistence in `database`.
#[must_use]
pub fn ports(database: &Database, network: &Network, overrides: &Overrides) -> Ports {
    Ports::on(database.clone(), network.telephony.clone(), overrides.clock(), overrides.ids())
}

/// Who plays forecasts.
#[must_use]
pub fn forecaster() -> Arc<dyn Forecaster> {
    Arc::new(VirtualForecaster)
}

/// Keeps the provider's limit together with the other nodes on `database`. Not by a clock that was handed in: the budget would
/// go by the database's.
pub fn share_budget(database: &Database, network: &Network, overrides: &Overrides) {
    if let (DatabaseKind::Postgres, Some(adapter), None) = (database.kind(), &network.budget, &overrides.clock) {
        adapter.share_budget(Arc::new(database.clone()));
    }
}

/// The tokens that this installation signs, with the key of the settings, else the data folder's.
///
/// # Errors
/// [`DataFolderError`] when the key can be neither read nor made.
pub fn local_tokens(settings: &Settings, data: &DataFolder) -> Result<LocalTokens, DataFolderError> {
    let named = &settings.auth.signing_key;
    let key = if named.expose_secret().is_empty() { data.signing_key()? } else { named.clone() };
    Ok(LocalTokens::new(&key))
}

/// How requests are read under these settings.
#[must_use]
pub fn reading(settings: &Settings) -> Reading {
    Reading {
        default_region: settings.numbers.default_region,
        default_timezone: settings.dialing.default_timezone.clone(),
        default_purpose: settings.rules.default_purpose,
        pause_codes: settings.agents.pause_codes.clone(),
    }
}

#[async_trait]
impl DatabaseCheck for Database {
    async fn ping(&self) -> Result<(), StoreError> {
        self.ping().await.map_err(|error| StoreError::Unavailable { source: error.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Environment;

    #[tokio::test]
    async fn the_database_lies_in_the_data_folder_whatever_the_folder_is_called() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("a b%20c?d#e&f");
        let data = DataFolder::open(&path).unwrap();
        let settings = Settings::load(None, &Environment::new()).unwrap();
        let database = open_database(&settings, &data).await.unwrap();
        database.migrate().await.unwrap();
        database.close().await;
        assert!(DataFolder::database_file(&path).exists());
    }

    #[test]
    fn a_signing_key_of_the_settings_takes_the_place_of_the_folder_s() {
        let temp = tempfile::tempdir().unwrap();
        let data = DataFolder::open(temp.path()).unwrap();
        let variable = ("DIALER__AUTH__SIGNING_KEY".to_owned(), "the same on every machine, 32 or more".to_owned());
        let settings = Settings::load(None, &Environment::from([variable])).unwrap();
        local_tokens(&settings, &data).unwrap();
        assert!(!data.has_signing_key());
    }
}
