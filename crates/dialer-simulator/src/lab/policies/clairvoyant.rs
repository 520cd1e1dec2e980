//! What perfect foresight would reach: the bound above every policy that calls the list in order.

use dialer_domain::pacing::Event;

use super::super::policy::{Policy, Sight, View};

/// Dials whoever will not answer at once, and whoever will as soon as an agent will be there for them.
pub(super) struct Clairvoyant {
    pub(super) deadline: f64,
}

impl Policy for Clairvoyant {
    fn observe(&mut self, _at: f64, _event: &Event) {}

    fn dials(&mut self, view: &View<'_>) -> u32 {
        let Some(future) = view.future else { return 0 };
        if view.signed_in == 0 {
            return 0;
        }
        let mut answers = future.answers.clone();
        let mut free = future.free.clone();
        free.sort_by(f64::total_cmp);
        let mut dials = 0;
        for next in &future.next {
            let Some(at) = next else {
                dials += 1;
                continue;
            };
            let place = answers.partition_point(|answer| answer < at);
            answers.insert(place, *at);
            let met = answers
                .iter()
                .enumerate()
                .skip(place)
                .all(|(index, answer)| free.get(index).is_some_and(|free| *free <= answer + self.deadline));
            if !met {
                return dials;
            }
            dials += 1;
        }
        dials
    }

    fn sight(&self) -> Sight {
        Sight::Future
    }
}
