//! Why a call was allowed, and how often others were refused.

use dialer_domain::analytics::{EndsBeforeStart, Period};
use dialer_domain::identity::Scope;
use dialer_domain::ids::{CallId, CampaignId};
use dialer_domain::receipts::{Receipt, RefusalCount};
use dialer_domain::rules::{BookError, BookHash, RuleBook};
use dialer_domain::store::StoreError;
use time::{Duration, OffsetDateTime};

use crate::error::{FieldError, UseCaseError};
use crate::ports::Ports;

/// Why a book cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BookMissing {
    /// It is not kept here.
    #[error("the rule book {0} is not kept here")]
    Unknown(BookHash),
    /// What is kept of it cannot be read.
    #[error(transparent)]
    Unreadable(#[from] BookError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The refusals of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusals {
    /// The beginning of the first hour that is counted.
    pub from: OffsetDateTime,
    /// The first instant that is not.
    pub until: OffsetDateTime,
    /// The counts, by hour, code and rule.
    pub counts: Vec<RefusalCount>,
}

/// Reads receipts and counts of refusals.
#[derive(Clone)]
pub struct Receipts {
    ports: Ports,
}

impl Receipts {
    /// The longest period of which refusals are told at once.
    pub const LONGEST: Duration = Duration::days(31);

    /// On these ports.
    #[must_use]
    pub const fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The receipt of a call that a campaign of the caller's placed.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`].
    pub async fn receipt(&self, scope: Scope, call: CallId) -> Result<Receipt, UseCaseError> {
        let receipt = self.ports.stores.receipts.receipt(scope, call).await?;
        receipt.ok_or(UseCaseError::NotFound("receipt"))
    }

    /// A book that decided a call.
    ///
    /// # Errors
    /// [`BookMissing`].
    pub async fn book(&self, hash: BookHash) -> Result<RuleBook, BookMissing> {
        let text = self.ports.stores.receipts.rule_book(hash).await?.ok_or(BookMissing::Unknown(hash))?;
        Ok(RuleBook::from_text(&text, hash)?)
    }

    /// How often contacts of a campaign were refused, of the hours from the one that holds `from` on: the last 24 hours where
    /// nothing else is asked.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] also for an assigned agent, [`UseCaseError::Invalid`] when the period ends before it begins or
    /// is longer than [`Self::LONGEST`].
    pub async fn refusals(
        &self,
        scope: Scope,
        campaign: CampaignId,
        from: Option<OffsetDateTime>,
        until: Option<OffsetDateTime>,
    ) -> Result<Refusals, UseCaseError> {
        let stores = &self.ports.stores;
        let found = stores.campaigns.get(scope, campaign).await?.filter(|found| scope.covers(found.user_id));
        if found.is_none() {
            return Err(UseCaseError::NotFound("campaign"));
        }
        let until = until.unwrap_or_else(|| self.ports.clock.now());
        let from = from.unwrap_or_else(|| until.saturating_sub(Duration::DAY)).truncate_to_hour();
        let wrong = |code, message: String| UseCaseError::Invalid(vec![FieldError::new("to", code, message)]);
        if until < from {
            return Err(wrong("before_start", EndsBeforeStart.to_string()));
        }
        if until - from > Self::LONGEST + Duration::HOUR {
            return Err(wrong("too_long", format!("ask for at most {} days at once", Self::LONGEST.whole_days())));
        }
        let period = Period { from: Some(from), until: Some(until) };
        let counts = stores.receipts.refusal_counts(scope, campaign, period).await?;
        Ok(Refusals { from, until, counts })
    }
}
