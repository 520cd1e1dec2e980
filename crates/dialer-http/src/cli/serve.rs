//! `dialer serve`.

use std::net::IpAddr;
use std::process::ExitCode;

use clap::Args;
use tokio::signal;

use super::{Installation, say};
use crate::logs;
use crate::server::{RunningServer, Server};
use crate::telephony::TelephonyKind;
use crate::wiring::Overrides;

const EXAMPLES: &str = "\
Examples:
  dialer serve --port 0                          take a free port; the first line printed says which
  dialer serve --data-dir /var/lib/dialer        keep the data there
  DATABASE_URL=postgres://… dialer serve         any number of machines on one database

The first line on standard output is `listening on http://ADDRESS:PORT`; logs go to standard error.
SIGTERM and Ctrl-C stop in order: no new dials, requests under way are answered, calls in progress go on.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ServeArgs {
    /// Port to listen on; 0 takes a free one. [default: server.port, 8080]
    #[arg(long)]
    port: Option<u16>,
    /// Address to listen on; 0.0.0.0 for all of this machine's. [default: server.bind, 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<IpAddr>,
    #[command(flatten)]
    installation: Installation,
}

pub(super) async fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let mut settings = args.installation.settings()?;
    settings.server.port = args.port.unwrap_or(settings.server.port);
    settings.server.bind = args.bind.unwrap_or(settings.server.bind);
    logs::start(&settings.log);
    let data = args.installation.data()?;
    let mut server = Server::start(&settings, &data, Overrides::default()).await?;
    say(format_args!("listening on {}", server.base_url()))?;
    announce(&server);
    tokio::select! {
        name = asked_to_stop() => {
            tracing::info!(signal = name?, "stopping: no new dials, requests under way are answered");
        }
        part = server.broke_down() => anyhow::bail!("{part} ended by itself; the log says why. Start the program again"),
    }
    tokio::select! {
        () = server.stop() => {
            tracing::info!("stopped");
            Ok(ExitCode::SUCCESS)
        }
        name = asked_to_stop() => {
            tracing::warn!(signal = name?, "stopped at once; what was under way is reconciled at the next start");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn announce(server: &RunningServer) {
    let telephony = server.telephony().as_str();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), telephony, "serving");
    if server.telephony() == TelephonyKind::Simulator {
        tracing::warn!("calls go to the simulator and nobody is called; set VOIPSTUDIO_API_KEY to place real calls");
    }
}

/// Returns with the name of the signal.
#[cfg(unix)]
pub(super) async fn asked_to_stop() -> std::io::Result<&'static str> {
    use signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => Ok("SIGTERM"),
        _ = interrupt.recv() => Ok("SIGINT"),
    }
}

/// Returns with the name of the signal.
#[cfg(not(unix))]
pub(super) async fn asked_to_stop() -> std::io::Result<&'static str> {
    signal::ctrl_c().await.map(|()| "Ctrl-C")
}
