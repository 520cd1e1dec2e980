//! How likely each lead is taken to answer in one decision.

use super::answering::Answering;
use super::event::Lead;
use super::settings::PacingSettings;

/// Answer probabilities of leads, the average at hand.
pub(super) struct Chances<'a> {
    answering: &'a Answering,
    settings: &'a PacingSettings,
    reference: f64,
    caution: f64,
    /// Of somebody nothing is known of.
    pub(super) average: f64,
}

impl<'a> Chances<'a> {
    pub(super) fn new(answering: &'a Answering, settings: &'a PacingSettings, reference: f64) -> Self {
        let caution = answering.caution(settings);
        let average = answering.factors(Lead::default(), settings).raised(caution).apply(reference);
        Self { answering, settings, reference, caution, average }
    }

    /// Of somebody nothing is known of, without the caution.
    pub(super) fn likely(&self) -> f64 {
        self.answering.factors(Lead::default(), self.settings).apply(self.reference)
    }

    /// Of a lead.
    pub(super) fn of(&self, lead: Lead) -> f64 {
        if lead == Lead::default() {
            self.average
        } else {
            self.answering.factors(lead, self.settings).raised(self.caution).apply(self.reference)
        }
    }
}
