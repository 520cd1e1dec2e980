//! `dialer explain`: why nothing is dialling, read from the database itself.

mod replay;
mod text;

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use dialer_app::{Explain, Receipts};
use dialer_domain::identity::Scope;
use dialer_domain::ids::{CallId, CampaignId, ContactId};
use dialer_domain::receipts::Receipt;
use dialer_domain::rules::RuleBook;
use serde::Serialize;
use uuid::Uuid;

use super::opened::Opened;
use super::{Installation, say};
use crate::logs;
use crate::routes::explain::{CallExplained, CampaignExplained, ContactExplained};

const EXAMPLES: &str = "\
Examples:
  dialer explain campaign 0195d3f0-0000-7000-8000-00000000000a
                                     why does this campaign not dial?
  dialer explain contact ID          may this contact be called now, and if not, why not and when?
  dialer explain call ID             what became of this call, step by step?
  dialer explain --replay CALL       would this call be allowed again, from what was known then?
  dialer explain --replay spring.jsonl#CALL
                                     the same from an evidence pack, without the database
  dialer explain campaign ID --json  the same as GET /api/dialer/campaigns/ID/status

It reads the database, so it works whether the program runs or not, for every user's rows. What only the running program
knows (agents who are free, the provider's mood, the request budget) is marked with `?`; ask the API for that:
GET /api/dialer/campaigns/ID/status.

A replay ends with 0 when the answer is the one that was given, and with 1 when it is another.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExplainArgs {
    /// What to explain.
    #[arg(value_name = "WHAT", required_unless_present = "replay")]
    what: Option<What>,
    /// Its id.
    #[arg(value_name = "ID", required_unless_present = "replay")]
    id: Option<Uuid>,
    /// Decide again about a call that was made, from its receipt.
    #[arg(long, value_name = "CALL|FILE#CALL", conflicts_with_all = ["what", "id"])]
    replay: Option<replay::Source>,
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
    if let Some(replay::Source::InPack { file, call }) = &args.replay {
        return answered(&replay::in_pack(file, *call)?, args.json);
    }
    let Opened { database, ports, .. } = args.installation.open().await?;
    let receipts = Receipts::new(ports.clone());
    if let Some(replay::Source::Kept(id)) = args.replay {
        let kept = replay::kept(&receipts, id).await;
        database.close().await;
        return answered(&kept?, args.json);
    }
    let (Some(what), Some(id)) = (args.what, args.id) else {
        bail!("say what to explain: campaign, contact or call, and its id")
    };
    let told = explain(&Explain::from_outside(ports), &receipts, what, id, args.json).await;
    database.close().await;
    say(told?)?;
    Ok(ExitCode::SUCCESS)
}

/// Decides again and prints both answers; failure when they differ.
fn answered((receipt, book): &(Receipt, RuleBook), json: bool) -> anyhow::Result<ExitCode> {
    let replay = receipt.replay(book);
    say(if json { pretty(&replay::json(receipt, &replay))? } else { replay::text(receipt, &replay) })?;
    Ok(if replay.is_same() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn explain(explain: &Explain, receipts: &Receipts, what: What, id: Uuid, json: bool) -> anyhow::Result<String> {
    match what {
        What::Campaign => {
            let told = explain.campaign(Scope::Service, CampaignId::new(id)).await.with_context(|| nothing(id))?;
            if json {
                return pretty(&CampaignExplained::from(told));
            }
            let refusals = receipts.refusals(Scope::Service, CampaignId::new(id), None, None).await?;
            Ok(text::campaign(&told.0, &told.1) + &text::refusals(&refusals))
        }
        What::Contact => {
            let told = explain.contact(Scope::Service, ContactId::new(id)).await.with_context(|| nothing(id))?;
            if json { pretty(&ContactExplained::from(told)) } else { Ok(text::contact(&told.0, &told.1)) }
        }
        What::Call => {
            let told = explain.call(Scope::Service, CallId::new(id)).await.with_context(|| nothing(id))?;
            if json { pretty(&CallExplained::from(told)) } else { Ok(text::call(&told)) }
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
