//! The book of rules: every pack that is loaded, asked about one call.

use time::{Duration, OffsetDateTime};

use super::abandonment::{LedgerPeriod, Limit};
use super::book_text::BookHash;
use super::facts::RuleFacts;
use super::moment::Moment;
use super::names::RuleRef;
use super::pack::{BAN, Body, Pack, Rule};
use super::scope::Scope;
use crate::eligibility::RefusalCode;
use crate::places::{Jurisdiction, Place};
use crate::schedule::day_of;

/// Every rule that is loaded. Made once and asked about every call; see [`RuleBook::load`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleBook {
    pub(super) packs: Vec<Pack>,
    /// Places of which a file did not load. Nobody there is called.
    pub(super) broken: Vec<Jurisdiction>,
    /// Whether a file did not load that may be any place's.
    pub(super) all_broken: bool,
    /// Whether every place may be called, the unknown ones too.
    pub(super) open: bool,
    /// Of all this; see [`RuleBook::text`].
    pub(super) hash: BookHash,
}

impl Default for RuleBook {
    /// A book without a rule, in which no place may be called.
    fn default() -> Self {
        let empty =
            Self { packs: Vec::new(), broken: Vec::new(), all_broken: false, open: false, hash: BookHash::default() };
        empty.sealed()
    }
}

/// A ratio of abandoned calls that rules watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuardRule {
    /// The rule.
    pub rule: RuleRef,
    /// Where it holds.
    pub jurisdiction: Jurisdiction,
    /// Over which period it counts.
    pub period: LedgerPeriod,
    /// The largest share.
    pub limit: Limit,
    /// Whether abandoned calls to machines are taken off ([`super::abandonment::without_machines`]).
    pub estimates_machines: bool,
}

/// Why rules do not allow a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unlawful {
    pub(crate) code: RefusalCode,
    /// The rule; `None` where it is no rule of a pack.
    pub(crate) rule: Option<RuleRef>,
    /// Whether time alone can lift it.
    pub(crate) passes: bool,
}

impl RuleBook {
    /// A book without a rule, in which every place may be called: for tests, and for trying the dialer out. An opt-out, a
    /// reassigned number and an emergency ban still refuse.
    #[must_use]
    pub fn open() -> Self {
        Self { open: true, ..Self::default() }.sealed()
    }

    /// The packs that are loaded, by jurisdiction and then by date.
    #[must_use]
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// The places nobody is called at because a file of theirs did not load.
    #[must_use]
    pub fn broken(&self) -> &[Jurisdiction] {
        &self.broken
    }

    /// What tells this book from every other one: of [`Self::text`].
    #[must_use]
    pub const fn hash(&self) -> BookHash {
        self.hash
    }

    /// How far back [`RuleFacts::history`] must reach: the longest that a cap or a hold looks back.
    #[must_use]
    pub fn lookback(&self) -> Duration {
        let spans = self.packs.iter().flat_map(|pack| &pack.rules).filter_map(|rule| match &rule.body {
            Body::Cap(cap) => cap.span(),
            Body::Hold(hold) => Some(hold.span()),
            _ => None,
        });
        spans.max().unwrap_or(Duration::ZERO)
    }

    /// Whether a cap counts every call that there ever was.
    pub(super) fn counts_lifetimes(&self) -> bool {
        let bodies = self.packs.iter().flat_map(|pack| &pack.rules).map(|rule| &rule.body);
        bodies.into_iter().any(|body| matches!(body, Body::Cap(cap) if cap.span().is_none()))
    }

    /// The ratios that its rules watch.
    pub fn guards(&self) -> impl Iterator<Item = GuardRule> {
        guards(self.packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| (pack, rule))))
    }

    /// Those of its ratios that hold for calls of this scope at `now`, wherever they go.
    pub(super) fn guards_of(&self, scope: Scope, now: OffsetDateTime) -> impl Iterator<Item = GuardRule> {
        let today = day_of(now.date());
        let rules = self.packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| (pack, rule)));
        guards(rules.filter(move |(_, rule)| rule.scope.holds(scope) && rule.from <= today && today < rule.until))
    }

    /// How long an unanswered call must ring before it may be given up; zero where no rule says so.
    #[must_use]
    pub fn least_ring(&self, facts: &RuleFacts<'_>, now: OffsetDateTime) -> Duration {
        let moment = Moment::at(facts, now);
        let rings = self.rules(&moment).filter_map(|(_, rule)| match rule.body {
            Body::Ring(seconds) => Some(Duration::seconds(i64::from(seconds))),
            _ => None,
        });
        rings.max().unwrap_or(Duration::ZERO)
    }

    /// The rules that a call is held against, each with its pack.
    fn rules<'a>(&'a self, moment: &'a Moment<'_>) -> impl Iterator<Item = (&'a Pack, &'a Rule)> {
        let scope = moment.facts.scope();
        let packs = self.packs.iter().filter(|pack| moment.facts.place.touches(pack.jurisdiction));
        packs
            .flat_map(|pack| pack.rules.iter().map(move |rule| (pack, rule)))
            .filter(move |(_, rule)| rule.scope.holds(scope) && rule.in_force(&moment.clocks))
    }

    /// Whether the rules allow the call at `now`: those it was held against, or why not.
    pub(crate) fn check(&self, facts: &RuleFacts<'_>, now: OffsetDateTime) -> Result<Vec<RuleRef>, Unlawful> {
        let moment = Moment::at(facts, now);
        let lasting = |code| Err(Unlawful { code, rule: None, passes: false });
        if let Some(code) = given_up(&moment) {
            return lasting(code);
        }
        let place = facts.place;
        let banned = facts.bans.iter().any(|ban| bans(ban, place, now));
        let banned = banned.then_some((BAN, RefusalCode::EmergencyBan, None));
        if self.open {
            return banned.map_or(Ok(Vec::new()), |(_, code, rule)| Err(Unlawful { code, rule, passes: true }));
        }
        if place.zones.is_empty() || place.jurisdictions.is_empty() {
            return lasting(RefusalCode::ZoneUnknown);
        }
        if self.all_broken || self.broken.iter().any(|broken| place.touches(*broken)) {
            return lasting(RefusalCode::RulesBroken);
        }
        // Rules of a part alone say nothing of what the country's law would.
        let governed = |candidate: &Jurisdiction| {
            self.packs.iter().any(|pack| pack.jurisdiction == candidate.country() && pack.in_force(&moment.clocks))
        };
        if !place.jurisdictions.iter().all(governed) {
            return lasting(RefusalCode::NoRules);
        }
        let mut applied = Vec::with_capacity(16);
        let mut worst = banned;
        for (pack, rule) in self.rules(&moment) {
            let told = |rank| worst.is_some_and(|(known, _, _)| known <= rank);
            if told(rule.rank(None)) {
                continue;
            }
            match rule.check(&moment, &pack.holidays) {
                Ok(()) => applied.push(rule.reference),
                Err(code) if told(rule.rank(Some(code))) => {}
                Err(code) => worst = Some((rule.rank(Some(code)), code, Some(rule.reference))),
            }
        }
        worst.map_or(Ok(applied), |(rank, code, rule)| Err(Unlawful { code, rule, passes: rank >= BAN }))
    }

    /// An instant, `from` or later, before which some rule that passes with time refuses; `from` itself when none does then.
    /// `None` when time does not help.
    pub(crate) fn not_before(&self, facts: &RuleFacts<'_>, from: OffsetDateTime) -> Option<OffsetDateTime> {
        let moment = Moment::at(facts, from);
        let bans = facts.bans.iter().filter(|ban| bans(ban, facts.place, from)).map(|ban| ban.ends_at);
        let banned = bans.max().unwrap_or(from);
        if self.open {
            return Some(banned);
        }
        let passing = self.rules(&moment).filter(|(_, rule)| rule.rank(None) >= BAN);
        let refusing = passing.filter(|(pack, rule)| rule.check(&moment, &pack.holidays).is_err());
        refusing
            .map(|(pack, rule)| rule.next(&moment, &pack.holidays))
            .try_fold(banned, |latest, next| next.map(|at| latest.max(at)))
    }
}

fn guards<'a>(rules: impl Iterator<Item = (&'a Pack, &'a Rule)>) -> impl Iterator<Item = GuardRule> {
    rules.filter_map(|(pack, rule)| match &rule.body {
        Body::Guard(guard) => Some(GuardRule {
            rule: rule.reference,
            jurisdiction: pack.jurisdiction,
            period: guard.period,
            limit: guard.limit,
            estimates_machines: guard.estimates_machines,
        }),
        _ => None,
    })
}

/// What refuses in every place, with or without a rule: an opt-out outweighs every law that would allow a call.
fn given_up(moment: &Moment<'_>) -> Option<RefusalCode> {
    let RuleFacts { consents, purpose, reassigned, .. } = *moment.facts;
    let revoked =
        moment.revoked_at.is_some_and(|at| !crate::consents::granted_since(consents, purpose, at, moment.now));
    if revoked {
        Some(RefusalCode::ConsentRevoked)
    } else if reassigned {
        Some(RefusalCode::Reassigned)
    } else {
        None
    }
}

fn bans(ban: &super::Ban, place: &Place, now: OffsetDateTime) -> bool {
    ban.starts_at <= now && now < ban.ends_at && place.touches(ban.jurisdiction)
}
