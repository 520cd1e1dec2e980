//! `dialer explain`: why nothing is dialling, read from the database itself.

mod text;

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use dialer_app::Explain;
use dialer_domain::identity::Scope;
use dialer_domain::ids::{CallId, CampaignId, ContactId};
use serde::Serialize;
use uuid::Uuid;

use super::{Installation, say};
use crate::logs;
use crate::routes::explain::{CallExplained, CampaignExplained, ContactExplained};
use crate::wiring::{self, Overrides};

const EXAMPLES: &str = "\
Examples:
  dialer explain campaign 0195d3f0-0000-7000-8000-00000000000a
                                     why does this campaign not dial?
  dialer explain contact ID          may this contact be called now, and if not, why not and when?
  dialer explain call ID             what became of this call, step by step?
  dialer explain campaign ID --json  the same as GET /api/dialer/campaigns/ID/status

It reads the database, so it works whether the program runs or not, for every user's rows. What only the running program
knows (agents who are free, the provider's mood, the request budget) is marked with `?`; ask the API for that:
GET /api/dialer/campaigns/ID/status.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExplainArgs {
    /// What to explain.
    #[arg(value_name = "WHAT")]
    what: What,
    /// Its id.
    #[arg(value_name = "ID")]
    id: Uuid,
    /// Print JSON, as the API answers it.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    installation: Installation,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// Why a campaign does not dial.
    Campaign,
    /// Why a contact is not called.
    Contact,
    /// What became of a call.
    Call,
}

pub(super) async fn run(args: ExplainArgs) -> anyhow::Result<ExitCode> {
    logs::start_quietly();
    let settings = args.installation.settings()?;
    let data = args.installation.data()?;
    let database = wiring::open_database(&settings, &data).await?;
    if !database.pending_migrations().await?.is_empty() {
        bail!("the database is not prepared for this version; run `dialer migrate` first");
    }
    let overrides = Overrides::default();
    let ports = wiring::ports(&database, &overrides.network(&settings)?, &overrides);
    let told = explain(&Explain::from_outside(ports), args.what, args.id, args.json).await;
    database.close().await;
    say(told?)?;
    Ok(ExitCode::SUCCESS)
}

async fn explain(explain: &Explain, what: What, id: Uuid, json: bool) -> anyhow::Result<String> {
    match what {
        What::Campaign => {
            let told = explain.campaign(Scope::Service, CampaignId::new(id)).await.with_context(|| nothing(id))?;
            if json { pretty(&CampaignExplained::from(told)) } else { Ok(text::campaign(&told.0, &told.1)) }
        }
        What::Contact => {
            let told = explain.contact(Scope::Service, ContactId::new(id)).await.with_context(|| nothing(id))?;
            if json { pretty(&ContactExplained::from(told)) } else { Ok(text::contact(&told.0, &told.1)) }
        }
        What::Call => {
            let told = explain.call(Scope::Service, CallId::new(id)).await.with_context(|| nothing(id))?;
            if json { pretty(&CallExplained::from(told)) } else { Ok(text::call(&told.0, &told.1)) }
        }
    }
}

fn nothing(id: Uuid) -> String {
    format!(
        "{id} cannot be explained; give an id of this installation, and say which it is with --data-dir or DATABASE_URL"
    )
}

fn pretty(told: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(told)?)
}
