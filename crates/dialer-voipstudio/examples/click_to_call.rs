//! Places a call: rings an agent's phone, then the customer's, and tells how it went.
//!
//! ```text
//! VOIPSTUDIO_API_KEY=... cargo run -p dialer-voipstudio --example click_to_call -- +442079460001 [USER_ID]
//! ```
//!
//! `VOIPSTUDIO_BASE_URL` points it at another address, for one at `dialer provider-double`.

use std::error::Error;
use std::io::Write;
use std::sync::Arc;

use dialer_app::SystemClock;
use dialer_domain::clock::Clock;
use dialer_voipstudio::{
    CallStatus, CallToMake, VoipStudio, VoipStudioSettings, format_phone_number, get_call_status, is_configured,
    make_call,
};
use time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let to = arguments.next().ok_or("whom to call? Give a number in the form +442079460001")?;
    let agent = arguments.next();

    let mut settings = VoipStudioSettings::new(std::env::var("VOIPSTUDIO_API_KEY").unwrap_or_default().into());
    if let Ok(base_url) = std::env::var("VOIPSTUDIO_BASE_URL") {
        settings.base_url = base_url;
    }
    if !is_configured(&settings) {
        return Err("set VOIPSTUDIO_API_KEY to a key from the provider's dashboard".into());
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let voipstudio = VoipStudio::new(settings, Arc::clone(&clock))?;

    let mut out = std::io::stdout();
    let call = CallToMake { to: format_phone_number(&to, None)?, agent, caller_id: None };
    writeln!(out, "the agent's phone rings; pick it up")?;
    let call = make_call(&voipstudio, call).await?;
    loop {
        match get_call_status(&voipstudio, &call).await? {
            CallStatus::Live(state) => writeln!(out, "{state}")?,
            CallStatus::EndedUnrecorded => writeln!(out, "over")?,
            CallStatus::Ended { result, talk_seconds, .. } => {
                writeln!(out, "{result}, {talk_seconds} s")?;
                return Ok(());
            }
        }
        clock.sleep(Duration::seconds(3)).await;
    }
}
