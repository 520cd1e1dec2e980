//! Who is next: the contacts that wait, in the order in which the dialer's queue takes them.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use dialer_domain::ContactStatus;
use dialer_domain::forecast::{Begins, Ends, Job, Opening};
use dialer_domain::rules::PastCall;

/// A contact on its way through the campaign.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Waiting {
    /// Its place in the job's list.
    pub(super) prospect: usize,
    /// Where it stands.
    pub(super) status: ContactStatus,
    /// Attempts that count.
    pub(super) attempts: u32,
    /// Calls of this run, where a rule looks at them.
    pub(super) calls: Vec<PastCall>,
    /// How many contacts are like it.
    copies: u32,
    /// When it is due: among those that may be called the one due first is called first.
    due: f64,
}

/// The contacts that wait.
///
/// Those that were never called are alike at one place and need no object each: they stand in the order of the list, and
/// their place's calendar says when they may be called. The others are decided about one by one.
pub(super) struct Line<'a> {
    job: &'a Job,
    places: Vec<PlaceLine>,
    /// To be looked at again.
    later: BinaryHeap<Reverse<Entry>>,
    /// Looked at, and callable then.
    ready: BinaryHeap<Reverse<Entry>>,
    ready_copies: u32,
    order: u64,
    waiting: u32,
}

/// The contacts of one place that were never called.
struct PlaceLine {
    openings: Vec<(f64, f64)>,
    opening: usize,
    /// When each is due, and which it is.
    fresh: Vec<(f64, usize)>,
    next: usize,
    /// Copies taken of the next.
    taken: u32,
    left: u32,
}

struct Entry {
    rank: u8,
    at: f64,
    order: u64,
    waiting: Waiting,
}

impl<'a> Line<'a> {
    pub(super) fn new(job: &'a Job, ends: &mut Ends) -> Self {
        let of = |opening: &Opening| (job.seconds(opening.from), job.seconds(opening.until));
        let place = |calendar: &dialer_domain::forecast::Calendar| PlaceLine {
            openings: calendar.openings.iter().map(of).collect(),
            opening: 0,
            fresh: Vec::new(),
            next: 0,
            taken: 0,
            left: 0,
        };
        let mut line = Self {
            job,
            places: job.list.calendars.iter().map(place).collect(),
            later: BinaryHeap::new(),
            ready: BinaryHeap::new(),
            ready_copies: 0,
            order: 0,
            waiting: 0,
        };
        for (index, prospect) in job.list.prospects.iter().enumerate() {
            match prospect.begins {
                Begins::Over => {}
                Begins::Never { code, rule } => *ends.never.entry((code, rule)).or_default() += prospect.copies,
                Begins::Due(since) => {
                    let place = &mut line.places[prospect.calendar];
                    place.fresh.push((job.seconds(since), index));
                    place.left += prospect.copies;
                    line.waiting += prospect.copies;
                }
                Begins::Later(at) => {
                    let contact = &prospect.case.contact;
                    line.waiting += prospect.copies;
                    let waiting = Waiting {
                        prospect: index,
                        status: contact.status,
                        attempts: contact.attempts,
                        calls: Vec::new(),
                        copies: prospect.copies,
                        due: job.seconds(contact.next_attempt_at.unwrap_or(contact.created_at)),
                    };
                    line.look_later(waiting, job.seconds(at));
                }
            }
        }
        for place in &mut line.places {
            place.fresh.sort_by(|one, other| one.0.total_cmp(&other.0));
        }
        line
    }

    /// Contacts that wait, whether or not they may be called yet.
    pub(super) const fn waiting(&self) -> u32 {
        self.waiting
    }

    /// Contacts that may be called now, as far as was looked.
    pub(super) fn callable(&mut self, now: f64) -> u32 {
        self.ripen(now);
        let fresh: u32 = self.places.iter_mut().map(|place| if place.open(now) { place.left } else { 0 }).sum();
        fresh.saturating_add(self.ready_copies)
    }

    /// Takes the one who is called now; what may not be called any more is counted in `ends`.
    pub(super) fn take(&mut self, now: f64, ends: &mut Ends) -> Option<Waiting> {
        self.ripen(now);
        loop {
            let fresh = self.first_fresh(now);
            let ready = self.ready.peek().map(|Reverse(entry)| (entry.rank, entry.at));
            let fresh_first = match (fresh, ready) {
                (None, None) => return None,
                (Some((due, _)), Some((rank, at))) => rank > 0 && due <= at,
                (fresh, _) => fresh.is_some(),
            };
            if let (true, Some((_, place))) = (fresh_first, fresh) {
                self.waiting -= 1;
                return Some(self.take_fresh(place));
            }
            let Reverse(entry) = self.ready.pop()?;
            self.ready_copies -= entry.waiting.copies;
            if let Some(taken) = self.look(entry, now, ends) {
                self.waiting -= 1;
                return Some(taken);
            }
        }
    }

    /// Puts a contact back that is to be called again at `at`.
    pub(super) fn put_back(&mut self, waiting: Waiting, at: f64) {
        self.waiting += 1;
        self.look_later(Waiting { copies: 1, due: at, ..waiting }, at);
    }

    /// When somebody may be callable who is not now; `None` when nobody will be.
    pub(super) fn next_look(&mut self, now: f64) -> Option<f64> {
        let later = self.later.peek().map(|Reverse(entry)| entry.at);
        let opens = self.places.iter_mut().filter(|place| place.left > 0).filter_map(|place| place.opens(now));
        opens.chain(later).min_by(f64::total_cmp)
    }

    /// Whether the contact's place may be called now.
    pub(super) fn open(&mut self, waiting: &Waiting, now: f64) -> bool {
        let calendar = self.job.list.prospects[waiting.prospect].calendar;
        self.places[calendar].open(now)
    }

    fn ripen(&mut self, now: f64) {
        while self.later.peek().is_some_and(|Reverse(entry)| entry.at <= now) {
            let Some(Reverse(Entry { waiting, .. })) = self.later.pop() else { break };
            self.ready_copies += waiting.copies;
            self.order += 1;
            // Promised callbacks go first, as in the dialer's queue.
            let rank = u8::from(waiting.status != ContactStatus::Callback);
            self.ready.push(Reverse(Entry { rank, at: waiting.due, order: self.order, waiting }));
        }
    }

    fn first_fresh(&mut self, now: f64) -> Option<(f64, usize)> {
        let mut first: Option<(f64, usize, usize)> = None;
        for (number, place) in self.places.iter_mut().enumerate() {
            if place.left == 0 || !place.open(now) {
                continue;
            }
            let (due, prospect) = place.fresh[place.next];
            if first.is_none_or(|(best, other, _)| (due, prospect) < (best, other)) {
                first = Some((due, prospect, number));
            }
        }
        first.map(|(due, _, place)| (due, place))
    }

    fn take_fresh(&mut self, place: usize) -> Waiting {
        let place = &mut self.places[place];
        let (due, index) = place.fresh[place.next];
        let prospect = &self.job.list.prospects[index];
        place.taken += 1;
        place.left -= 1;
        if place.taken >= prospect.copies {
            place.taken = 0;
            place.next += 1;
        }
        let contact = &prospect.case.contact;
        let (status, attempts) = (contact.status, contact.attempts);
        Waiting { prospect: index, status, attempts, calls: Vec::new(), copies: 1, due }
    }

    /// One of the contacts of an entry when they may be called; the rest goes back.
    fn look(&mut self, entry: Entry, now: f64, ends: &mut Ends) -> Option<Waiting> {
        let waiting = entry.waiting;
        let prospect = &self.job.list.prospects[waiting.prospect];
        let place = &mut self.places[prospect.calendar];
        if !place.open(now) {
            if let Some(opens) = place.opens(now) {
                self.look_later(waiting, opens);
            }
            return None;
        }
        if self.job.looks_back(waiting.prospect) {
            let at = self.job.instant(now);
            let Waiting { status, attempts, .. } = waiting;
            if let Err(refusal) = self.job.may_call(prospect, status, attempts, &waiting.calls, at) {
                if let Some(next) = refusal.retry_not_before {
                    // A second at least, or a rule that says "now" would be asked for ever.
                    self.look_later(waiting, self.job.seconds(next).max(now + 1.0));
                } else {
                    self.waiting -= waiting.copies;
                    *ends.never.entry((refusal.code, refusal.rule)).or_default() += waiting.copies;
                }
                return None;
            }
        }
        let taken = Waiting { copies: 1, ..waiting.clone() };
        if waiting.copies > 1 {
            let rest = Waiting { copies: waiting.copies - 1, ..waiting };
            self.ready_copies += rest.copies;
            self.ready.push(Reverse(Entry { waiting: rest, ..entry }));
        }
        Some(taken)
    }

    fn look_later(&mut self, waiting: Waiting, at: f64) {
        self.order += 1;
        self.later.push(Reverse(Entry { rank: 0, at, order: self.order, waiting }));
    }
}

impl PlaceLine {
    /// Time does not go back, so openings that are over are never looked at again.
    fn open(&mut self, now: f64) -> bool {
        while self.openings.get(self.opening).is_some_and(|(_, until)| *until <= now) {
            self.opening += 1;
        }
        self.openings.get(self.opening).is_some_and(|(from, _)| *from <= now)
    }

    /// When it opens again, if it is not open now.
    fn opens(&mut self, now: f64) -> Option<f64> {
        if self.open(now) { None } else { self.openings.get(self.opening).map(|(from, _)| *from) }
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank).then(self.at.total_cmp(&other.at)).then(self.order.cmp(&other.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}
