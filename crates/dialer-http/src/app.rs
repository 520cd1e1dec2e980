//! The HTTP application: use cases, who may reach them, and at which addresses. Tests serve the same one as `main`.

use std::sync::Arc;

use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use dialer_app::{
    Agents, Analytics, ApiKeys, Bans, Calls, Campaigns, Consents, Contacts, Desk, Dispositions, EngineHandle, Explain,
    Exports, FollowUps, Forecasts, Imports, ImportsHandle, Ports, Profiles, ProviderEvents, Queue, Receipts,
    Recordings, Registries, StopNow, Suppressions, VoicemailDrops,
};
use dialer_domain::Clock;
use dialer_domain::audio::AudioStore;
use dialer_domain::rules::Shelf;

use metrics_exporter_prometheus::BuildError;

use crate::answer::{Answers, finish};
use crate::auth::Authenticator;
use crate::auth::admit::admit;
use crate::extract::{Memory, Reading};
use crate::limits::Limits;
use crate::manners::{Manners, cors};
use crate::metrics::Figures;
use crate::problem::ApiError;
use crate::routes::webhooks::Door;
use crate::routes::{self, DatabaseCheck, Health};
use crate::settings::{LimitSettings, WebhookSettings};
use crate::spool::Spool;
use crate::telephony::Network;
use crate::wiring;

/// What the application is made of.
pub struct Parts {
    /// The outside world.
    pub ports: Ports,
    /// The engine that campaign changes wake.
    pub engine: EngineHandle,
    /// Who the callers are.
    pub authenticator: Authenticator,
    /// How often callers may ask.
    pub limits: LimitSettings,
    /// How numbers and hours are read.
    pub reading: Reading,
    /// Whether the database answers.
    pub database: Arc<dyn DatabaseCheck>,
    /// Who places the calls.
    pub network: Network,
    /// Where contact lists wait to be imported.
    pub spool: Spool,
    /// The runner that new imports wake.
    pub imports: ImportsHandle,
    /// Where audio is kept.
    pub audio: Arc<dyn AudioStore>,
    /// Bytes of audio that are taken in at once, at most.
    pub audio_limit: u64,
    /// How answers behave towards browsers and proxies.
    pub manners: Manners,
    /// Who may deliver events of the provider.
    pub webhook: WebhookSettings,
    /// Where the rules in force lie.
    pub shelf: Shelf,
}

/// The application, ready to be served by any number of workers.
#[derive(Clone)]
pub struct Api {
    calls: web::Data<Calls>,
    campaigns: web::Data<Campaigns>,
    contacts: web::Data<Contacts>,
    queue: web::Data<Queue>,
    agents: web::Data<Agents>,
    profiles: web::Data<Profiles>,
    desk: web::Data<Desk>,
    clock: web::Data<dyn Clock>,
    suppressions: web::Data<Suppressions>,
    bans: web::Data<Bans>,
    shelf: web::Data<Shelf>,
    registries: web::Data<Registries>,
    consents: web::Data<Consents>,
    dispositions: web::Data<Dispositions>,
    follow_ups: web::Data<FollowUps>,
    analytics: web::Data<Analytics>,
    imports: web::Data<Imports>,
    spool: web::Data<Spool>,
    keys: web::Data<ApiKeys>,
    recordings: web::Data<Recordings>,
    voicemail_drops: web::Data<VoicemailDrops>,
    exports: web::Data<Exports>,
    explain: web::Data<Explain>,
    receipts: web::Data<Receipts>,
    forecasts: web::Data<Forecasts>,
    stop_now: web::Data<StopNow>,
    authenticator: web::Data<Authenticator>,
    limits: web::Data<Limits>,
    reading: web::Data<Reading>,
    health: web::Data<Health>,
    answers: web::Data<Answers>,
    memory: web::Data<Memory>,
    events: web::Data<ProviderEvents>,
    door: web::Data<Door>,
}

impl Api {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When the figures cannot be set up, which would be a mistake in the program.
    pub fn new(parts: Parts) -> Result<Self, BuildError> {
        let Parts {
            ports,
            engine,
            authenticator,
            limits,
            reading,
            database,
            network,
            spool,
            imports,
            audio,
            audio_limit,
            manners,
            webhook,
            shelf,
        } = parts;
        let region = reading.default_region;
        let answers = Answers {
            telephony: network.kind,
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            figures: Figures::new()?,
            manners,
        };
        let events = ProviderEvents::new(ports.clone(), engine.clone());
        let memory = Memory { ports: ports.clone(), engine: engine.clone() };
        let imports = Imports::new(ports.clone(), Arc::new(spool.clone()), imports, region);
        let calls = Calls::new(ports.clone(), engine.clone(), region, network.default_line);
        let health = Health { database, engine: engine.clone(), telephony: network.kind };
        Ok(Self {
            desk: web::Data::new(Desk::new(ports.clone(), engine.clone(), calls.clone())),
            profiles: web::Data::new(Profiles::new(ports.clone(), engine.clone())),
            clock: web::Data::from(ports.clock.clone()),
            calls: web::Data::new(calls),
            campaigns: web::Data::new(Campaigns::new(ports.clone(), engine.clone())),
            bans: web::Data::new(Bans::new(ports.clone())),
            shelf: web::Data::new(shelf),
            registries: web::Data::new(Registries::new(ports.clone())),
            consents: web::Data::new(Consents::new(ports.clone())),
            dispositions: web::Data::new(Dispositions::new(ports.clone(), engine.clone())),
            follow_ups: web::Data::new(FollowUps::new(ports.clone(), engine.clone())),
            analytics: web::Data::new(Analytics::new(ports.clone())),
            agents: web::Data::new(Agents::new(ports.clone())),
            queue: web::Data::new(Queue::new(ports.clone(), engine.clone())),
            recordings: web::Data::new(Recordings::new(ports.clone(), audio.clone(), routes::BASE, audio_limit)),
            voicemail_drops: web::Data::new(VoicemailDrops::new(ports.clone(), audio, routes::BASE, audio_limit)),
            exports: web::Data::new(Exports::new(ports.clone())),
            explain: web::Data::new(Explain::beside(ports.clone(), engine.clone())),
            receipts: web::Data::new(Receipts::new(ports.clone())),
            forecasts: web::Data::new(Forecasts::new(ports.clone(), wiring::forecaster())),
            stop_now: web::Data::new(StopNow::new(ports.clone(), engine.clone())),
            contacts: web::Data::new(Contacts::new(ports.clone(), engine, region)),
            imports: web::Data::new(imports),
            spool: web::Data::new(spool),
            suppressions: web::Data::new(Suppressions::new(ports.clone(), region)),
            keys: web::Data::new(ApiKeys::new(ports.clone())),
            authenticator: web::Data::new(authenticator),
            limits: web::Data::new(Limits::new(&limits, ports.clock.clone())),
            reading: web::Data::new(reading),
            health: web::Data::new(health),
            answers: web::Data::new(answers),
            memory: web::Data::new(memory),
            events: web::Data::new(events),
            door: web::Data::new(Door::new(webhook)),
        })
    }

    /// Adds every address, with what its handlers need.
    pub fn configure(&self, cfg: &mut ServiceConfig) {
        cfg.app_data(self.calls.clone())
            .app_data(self.campaigns.clone())
            .app_data(self.contacts.clone())
            .app_data(self.queue.clone())
            .app_data(self.agents.clone())
            .app_data(self.profiles.clone())
            .app_data(self.desk.clone())
            .app_data(self.clock.clone())
            .app_data(self.suppressions.clone())
            .app_data(self.bans.clone())
            .app_data(self.shelf.clone())
            .app_data(self.registries.clone())
            .app_data(self.consents.clone())
            .app_data(self.dispositions.clone())
            .app_data(self.follow_ups.clone())
            .app_data(self.analytics.clone())
            .app_data(self.imports.clone())
            .app_data(self.spool.clone())
            .app_data(self.keys.clone())
            .app_data(self.recordings.clone())
            .app_data(self.voicemail_drops.clone())
            .app_data(self.exports.clone())
            .app_data(self.explain.clone())
            .app_data(self.receipts.clone())
            .app_data(self.forecasts.clone())
            .app_data(self.stop_now.clone())
            .app_data(self.authenticator.clone())
            .app_data(self.limits.clone())
            .app_data(self.reading.clone())
            .app_data(self.health.clone())
            .app_data(self.answers.clone())
            .app_data(self.memory.clone())
            .app_data(self.events.clone())
            .app_data(self.door.clone())
            .service(
                web::scope("")
                    .wrap(cors(&self.answers.manners.cors))
                    .wrap(from_fn(finish))
                    .wrap(Compress::default())
                    .configure(routes::open)
                    .service(
                        web::scope(routes::BASE)
                            .wrap(from_fn(admit))
                            .configure(routes::api)
                            .default_service(web::to(nothing_here)),
                    )
                    .default_service(web::to(nothing_here)),
            );
    }
}

async fn nothing_here() -> impl Responder {
    Err::<HttpResponse, _>(ApiError::UnknownRoute)
}
