//! What becomes of promises by themselves.

use dialer_domain::dispositions::{FollowUpTime, PastPromise, Verdict, realigned};
use dialer_domain::ids::DispositionId;
use dialer_domain::{Duration, OffsetDateTime};

use super::{DispositionRow, State};

impl DispositionRow {
    const fn is_unjudged(&self) -> bool {
        self.recorded.follow_up_date.is_some() && self.judged_at.is_none() && !self.replaced && self.done_at.is_none()
    }

    fn when(&self) -> Option<FollowUpTime> {
        let recorded = &self.recorded;
        recorded.follow_up_date.map(|at| FollowUpTime {
            at,
            again_at: recorded.follow_up_again,
            wall: recorded.follow_up_wall.clone(),
        })
    }
}

impl State {
    fn promise(&self, row: &DispositionRow) -> Option<PastPromise> {
        let promised = self.calls.get(&row.recorded.call_id)?;
        let call = &promised.call;
        let suppressed =
            call.customer_number().is_some_and(|number| self.suppressed_in(call.user_id, number, call.campaign_id));
        Some(PastPromise {
            disposition_id: row.recorded.id,
            call_id: call.id,
            owner: call.user_id,
            campaign_id: call.campaign_id,
            contact_id: call.contact_id,
            user_id: row.recorded.user_id,
            when: row.when()?,
            called_at: row.kept_by.and_then(|id| self.calls.get(&id)).map(|later| later.call.started_at),
            wanted: !promised.hidden && !suppressed,
        })
    }

    pub(super) fn judge(&mut self, tolerance: Duration, now: OffsetDateTime, limit: u16) -> u64 {
        let unjudged = self.dispositions.values().filter(|row| row.is_unjudged());
        let mut over: Vec<PastPromise> = unjudged
            .filter_map(|row| self.promise(row))
            .filter(|promise| promise.when.last() < now - tolerance)
            .collect();
        over.sort_by_key(|promise| (promise.when.last(), promise.disposition_id));
        let mut judged = 0;
        for promise in over.into_iter().take(limit.into()) {
            let Some(verdict) = promise.judge(tolerance, now) else { continue };
            judged += 1;
            if let Some(row) = self.dispositions.get_mut(&promise.disposition_id) {
                row.judged_at = Some(now);
                row.missed_at = matches!(verdict, Verdict::Missed(_)).then_some(now);
            }
            if let Verdict::Missed(event) = verdict {
                self.log(*event);
            }
        }
        judged
    }

    pub(super) fn realign(
        &mut self,
        after: Option<DispositionId>,
        limit: u16,
        now: OffsetDateTime,
    ) -> Option<DispositionId> {
        let later = |row: &&DispositionRow| after.is_none_or(|after| row.recorded.id > after);
        let open = self.dispositions.values().filter(later).filter(|row| row.is_open() && row.is_unjudged());
        let promised: Vec<(DispositionId, FollowUpTime)> = open
            .filter_map(|row| Some((row.recorded.id, row.when().filter(|when| when.wall.is_some())?)))
            .take(limit.into())
            .collect();
        for (id, stored) in &promised {
            let Some(moved) = realigned(stored) else { continue };
            let Some(row) = self.dispositions.get_mut(id) else { continue };
            row.recorded.follow_up_date = Some(moved.at);
            row.recorded.follow_up_again = moved.again_at;
            let call = row.recorded.call_id;
            let waits = self.calls.get(&call).and_then(|row| self.contacts.get(&row.call.contact_id?)).cloned();
            let waits = waits.filter(|contact| {
                contact.last_call_id == Some(call)
                    && contact.next_attempt_at == Some(stored.at)
                    && contact.next_attempt_wall.is_some()
            });
            if let Some(mut contact) = waits {
                contact.next_attempt_at = Some(moved.at);
                contact.updated_at = now;
                self.put_contact(contact);
            }
        }
        promised.last().map(|(id, _)| *id)
    }
}
