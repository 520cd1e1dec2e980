//! The HTTP application: use cases, who may reach them, and at which addresses. Tests serve the same one as `main`.

use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use dialer_app::{Exports, Recordings, VoicemailDrops, Analytics, Calls, Campaigns, Contacts, Dispositions, EngineHandle, FollowUps, Ports, Suppressions};

use dialer_domain::audio::AudioStore;

use crate::answer::{Answers, finish};
use crate::auth::Authenticator;
use crate::extract::{Memory, Reading};
use crate::problem::ApiError;
use crate::routes::{self, DatabaseCheck, Health};
use crate::telephony::Network;

/// Where the API begins.
const BASE: &str = "/api/dialer";

/// What the application is made of.
pub struct Parts {
    /// The outside world.
    pub ports: Ports,
    /// The engine that campaign changes wake.
    pub engine: EngineHandle,
    /// Who the callers are.
    pub authenticator: Authenticator,
    /// How numbers and hours are read.
    pub reading: Reading,
    /// Whether the database answers.
    pub database: Arc<dyn DatabaseCheck>,
    /// Who places the calls.
    pub network: Network,
    /// Where audio is kept.
    pub audio: Arc<dyn AudioStore>,
    /// Bytes of audio that are taken in at once, at most.
    pub audio_limit: u64,
}

/// The application, ready to be served by any number of workers.
#[derive(Clone)]
pub struct Api {
    calls: web::Data<Calls>,
    campaigns: web::Data<Campaigns>,
    contacts: web::Data<Contacts>,
    suppressions: web::Data<Suppressions>,
    dispositions: web::Data<Dispositions>,
    follow_ups: web::Data<FollowUps>,
    analytics: web::Data<Analytics>,
    recordings: web::Data<Recordings>,
    voicemail_drops: web::Data<VoicemailDrops>,
    exports: web::Data<Exports>,
    authenticator: web::Data<Authenticator>,
    reading: web::Data<Reading>,
    health: web::Data<Health>,
    answers: web::Data<Answers>,
    memory: web::Data<Memory>,
}

impl Api {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { ports, engine, authenticator, reading, database, network, audio, audio_limit } = parts;
        let region = reading.default_region;
        let answers = Answers { telephony: network.kind, clock: ports.clock.clone(), ids: ports.ids.clone() };
        let memory = Memory { ports: ports.clone(), engine: engine.clone() };
        let health = Health { database, engine: engine.clone(), telephony: network.kind };
        Self {
            calls: web::Data::new(Calls::new(ports.clone(), engine.clone(), region, network.default_line)),
            campaigns: web::Data::new(Campaigns::new(ports.clone(), engine.clone())),
            dispositions: web::Data::new(Dispositions::new(ports.clone(), engine.clone())),
            follow_ups: web::Data::new(FollowUps::new(ports.clone(), engine.clone())),
            analytics: web::Data::new(Analytics::new(ports.clone())),
            recordings: web::Data::new(Recordings::new(ports.clone(), audio.clone(), BASE, audio_limit)),
            voicemail_drops: web::Data::new(VoicemailDrops::new(ports.clone(), audio, BASE, audio_limit)),
            exports: web::Data::new(Exports::new(ports.clone())),
            contacts: web::Data::new(Contacts::new(ports.clone(), engine, region)),
            suppressions: web::Data::new(Suppressions::new(ports, region)),
            authenticator: web::Data::new(authenticator),
            reading: web::Data::new(reading),
            health: web::Data::new(health),
            answers: web::Data::new(answers),
            memory: web::Data::new(memory),
        }
    }

    /// Adds every address, with what its handlers need.
    pub fn configure(&self, cfg: &mut ServiceConfig) {
        cfg.app_data(self.calls.clone())
            .app_data(self.campaigns.clone())
            .app_data(self.contacts.clone())
            .app_data(self.suppressions.clone())
            .app_data(self.dispositions.clone())
            .app_data(self.follow_ups.clone())
            .app_data(self.analytics.clone())
            .app_data(self.recordings.clone())
            .app_data(self.voicemail_drops.clone())
            .app_data(self.exports.clone())
            .app_data(self.authenticator.clone())
            .app_data(self.reading.clone())
            .app_data(self.health.clone())
            .app_data(self.answers.clone())
            .app_data(self.memory.clone())
            .service(
                web::scope("")
                    .wrap(from_fn(finish))
                    .configure(routes::open)
                    .service(web::scope(BASE).configure(routes::api).default_service(web::to(nothing_here)))
                    .default_service(web::to(nothing_here)),
            );
    }
}

async fn nothing_here() -> impl Responder {
    Err::<HttpResponse, _>(ApiError::UnknownRoute)
}
