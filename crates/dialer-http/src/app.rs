//! The HTTP application: use cases, who may reach them, and at which addresses. Tests serve the same one as `main`.

use std::sync::Arc;

use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use dialer_app::{Calls, Campaigns, Contacts, EngineHandle, Ports};

use metrics_exporter_prometheus::BuildError;

use crate::answer::{Answers, finish};
use crate::auth::Authenticator;
use crate::extract::Reading;
use crate::manners::{Manners, cors};
use crate::metrics::Figures;
use crate::problem::ApiError;
use crate::routes::{self, DatabaseCheck, Health};
use crate::telephony::Network;

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
    /// How answers behave towards browsers and proxies.
    pub manners: Manners,
}

/// The application, ready to be served by any number of workers.
#[derive(Clone)]
pub struct Api {
    calls: web::Data<Calls>,
    campaigns: web::Data<Campaigns>,
    contacts: web::Data<Contacts>,
    authenticator: web::Data<Authenticator>,
    reading: web::Data<Reading>,
    health: web::Data<Health>,
    answers: web::Data<Answers>,
}

impl Api {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When the figures cannot be set up, which would be a mistake in the program.
    pub fn new(parts: Parts) -> Result<Self, BuildError> {
        let Parts { ports, engine, authenticator, reading, database, network, manners } = parts;
        let region = reading.default_region;
        let answers = Answers {
            telephony: network.kind,
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            figures: Figures::new()?,
            manners,
        };
        let health = Health { database, engine: engine.clone(), telephony: network.kind };
        Ok(Self {
            calls: web::Data::new(Calls::new(ports.clone(), engine.clone(), region, network.default_line)),
            campaigns: web::Data::new(Campaigns::new(ports.clone(), engine.clone())),
            contacts: web::Data::new(Contacts::new(ports, engine, region)),
            authenticator: web::Data::new(authenticator),
            reading: web::Data::new(reading),
            health: web::Data::new(health),
            answers: web::Data::new(answers),
        })
    }

    /// Adds every address, with what its handlers need.
    pub fn configure(&self, cfg: &mut ServiceConfig) {
        cfg.app_data(self.calls.clone())
            .app_data(self.campaigns.clone())
            .app_data(self.contacts.clone())
            .app_data(self.authenticator.clone())
            .app_data(self.reading.clone())
            .app_data(self.health.clone())
            .app_data(self.answers.clone())
            .service(
                web::scope("")
                    .wrap(cors(&self.answers.manners.cors))
                    .wrap(from_fn(finish))
                    .wrap(Compress::default())
                    .configure(routes::open)
                    .service(web::scope("/api/dialer").configure(routes::api).default_service(web::to(nothing_here)))
                    .default_service(web::to(nothing_here)),
            );
    }
}

async fn nothing_here() -> impl Responder {
    Err::<HttpResponse, _>(ApiError::UnknownRoute)
}
