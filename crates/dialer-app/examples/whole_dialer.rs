//! A whole dialer inside another program, without our HTTP API: stores of your choice, a provider of your choice,
//! the engine on top. Here both are doubles, and two working hours pass in a moment.
//!
//! `cargo run -p dialer-app --example whole_dialer`

use std::sync::Arc;

use dialer_app::{Campaigns, ContactInput, Contacts, Engine, EngineHandle, EngineSettings, Ports, SystemIds};
use dialer_domain::campaigns::{CampaignPatch, NewCampaign};
use dialer_domain::identity::{Principal, Role};
use dialer_domain::rules::{CalleeKind, Purpose};
use dialer_domain::schedule::{ActiveHours, Zone};
use dialer_domain::telephony::AgentLine;
use dialer_domain::{CampaignStatus, Clock, DialingMode, Duration};
use dialer_simulator::{CarrierSettings, ScaledClock, SimulatedTelephony, SimulatedUser};
use dialer_testkit::MemoryStore;
use dialer_testkit::builders::{T0, number, user};
use tokio::sync::watch;

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clock: Arc<dyn Clock> = Arc::new(ScaledClock::new(T0, 1.0));
    let crew = SimulatedUser::crew(3);
    let agents = crew.iter().map(|user| AgentLine::new(user.id.to_string())).collect();
    let carrier = SimulatedTelephony::new(CarrierSettings::default(), 1, crew, clock.clone())?;
    let ports = Ports::on(MemoryStore::new(), Arc::new(carrier), clock.clone(), Arc::new(SystemIds));

    let handle = EngineHandle::default();
    let engine = Engine::new(ports.clone(), EngineSettings { agents, ..EngineSettings::default() }, handle.clone());
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(engine.run(stopped));

    let me = Principal { user: user(), role: Role::Supervisor };
    let campaigns = Campaigns::new(ports.clone(), handle.clone());
    let spring = campaigns
        .create(
            me,
            NewCampaign {
                name: "Spring".to_owned(),
                description: None,
                mode: DialingMode::Power,
                purpose: Purpose::Informational,
                callee: CalleeKind::Consumer,
                caller_id: None,
                script: None,
                max_attempts: 2,
                retry_interval: 600,
                active_hours: ActiveHours::default(),
                timezone: Zone::utc(),
            },
        )
        .await?;
    let list = (0..40)
        .map(|n| ContactInput { phone_number: number(n).as_e164().to_owned(), ..ContactInput::default() })
        .collect();
    Contacts::new(ports, handle, None).add(me, spring.id, list).await?;
    let start = CampaignPatch { status: Some(CampaignStatus::Active), ..CampaignPatch::default() };
    campaigns.change(me, spring.id, start).await?;

    clock.sleep(Duration::hours(2)).await;
    let spring = campaigns.get(me, spring.id).await?;
    println!("{}: {} of {} reached", spring.status, spring.stats.completed, spring.stats.total);
    stop.send_replace(true);
    running.await?;
    Ok(())
}
