//! The ports, one file for each aggregate. They load rows, ask the domain what follows, and write rows.

mod abandonment;
mod analytics;
mod api_keys;
mod assignments;
mod bans;
mod budgets;
mod calls;
mod campaigns;
mod consents;
mod contacts;
mod desk;
mod dispositions;
mod eligibility;
mod events;
mod exports;
mod follow_ups;
mod idempotency;
mod imports;
mod inbound;
mod inbox;
mod leases;
mod profiles;
mod promises;
mod queue;
mod receipts;
mod recordings;
mod registries;
mod settling;
mod standings;
mod suppressions;
mod voicemail_drops;

use dialer_domain::Scope;
use sea_orm::prelude::Uuid;

/// Whose rows a scope holds; `None` for everybody's.
const fn owner(scope: Scope) -> Option<Uuid> {
    match scope {
        Scope::User(user) => Some(user.as_uuid()),
        Scope::Service => None,
    }
}
