//! The database of an installation, for commands that read or write it and are over soon.

use anyhow::bail;
use dialer_app::Ports;
use dialer_seaorm::Database;

use super::Installation;
use crate::settings::Settings;
use crate::wiring::{self, Overrides};

/// A database that is prepared for this version, and the ports on it.
pub(super) struct Opened {
    pub(super) settings: Settings,
    pub(super) database: Database,
    pub(super) ports: Ports,
}

impl Installation {
    /// Opens the database.
    pub(super) async fn open(&self) -> anyhow::Result<Opened> {
        let settings = self.settings()?;
        let data = self.data()?;
        let database = wiring::open_database(&settings, &data).await?;
        if !database.pending_migrations().await?.is_empty() {
            bail!("the database is not prepared for this version; run `dialer migrate` first");
        }
        let overrides = Overrides::default();
        let ports = wiring::ports(&database, &overrides.network(&settings)?, &overrides);
        Ok(Opened { settings, database, ports })
    }
}
