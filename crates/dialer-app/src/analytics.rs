//! Reports about calls.

use dialer_domain::analytics::{CallsCounted, DateOrInstant, Figures, Period, figures};
use dialer_domain::calls::Call;
use dialer_domain::identity::Principal;
use dialer_domain::ids::CampaignId;
use dialer_domain::schedule::Zone;

use crate::error::{FieldError, UseCaseError};
use crate::ports::Ports;

/// Which calls a report is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportQuery {
    /// Where it begins.
    pub start: Option<DateOrInstant>,
    /// Where it ends: a day is inside as a whole, an instant is not.
    pub end: Option<DateOrInstant>,
    /// Only calls of this campaign.
    pub campaign: Option<CampaignId>,
    /// Whose days and hours these are. Left out, they are the campaign's where there is one, else those of UTC.
    pub zone: Option<Zone>,
}

/// A report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Its figures.
    pub figures: Figures,
    /// Its last calls, latest start first.
    pub recent: Vec<Call>,
}

/// What people ask about calls.
#[derive(Clone)]
pub struct Analytics {
    ports: Ports,
}

impl Analytics {
    /// How many calls a report shows.
    pub const RECENT: u16 = 10;

    /// On these ports.
    #[must_use]
    pub const fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The report about own calls, and those that the caller handled for others.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] for the campaign, [`UseCaseError::Invalid`] when the end is before the start.
    pub async fn report(&self, who: Principal, query: ReportQuery) -> Result<Report, UseCaseError> {
        let campaign = match query.campaign {
            None => None,
            Some(id) => {
                let found = self.ports.stores.campaigns.get(who.scope(), id).await?;
                Some(found.ok_or(UseCaseError::NotFound("campaign"))?)
            }
        };
        let zone = query.zone.or_else(|| campaign.map(|campaign| campaign.timezone)).unwrap_or_else(Zone::utc);
        let period = Period::between(query.start, query.end, &zone).map_err(|error| {
            UseCaseError::Invalid(vec![FieldError::new("end_date", "before_start", error.to_string())])
        })?;
        let which = CallsCounted { campaign: query.campaign, period };
        let counts = self.ports.stores.analytics.count_calls(who.scope(), which).await?;
        let recent = self.ports.stores.analytics.recent_calls(who.scope(), which, Self::RECENT).await?;
        Ok(Report { figures: figures(&counts, &zone), recent })
    }
}
