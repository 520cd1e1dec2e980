//! A pack's file, read and checked.

use time::{Date, Duration};
use toml::Table;

use super::Purpose;
use super::abandonment::Limit;
use super::cap::Cap;
use super::hold::{Hold, Silence};
use super::holidays::{Holiday, Holidays};
use super::lasting::{ConsentNeed, Guard, RegistryCheck};
use super::lift::{Lift, Within};
use super::names::{PackVersion, RuleId, RuleRef};
use super::pack::{Body, Pack, Rule, RuleKind};
use super::reader::{Mistakes, PackError, Reader};
use super::scope::{CalleeKind, Scope, Voice};
use super::week::{Week, hours_of};
use super::window::{Closed, Window};
use crate::places::{self, Jurisdiction};
use crate::schedule::day_of;

/// Reads the pack in `text`, the content of `file`, whose name says that it is `place`'s.
///
/// # Errors
/// Every mistake of the file.
pub(crate) fn parse(file: &str, place: Jurisdiction, text: &str) -> Result<Pack, Vec<PackError>> {
    let mistakes = Mistakes::of(file);
    let pack = match text.parse::<Table>() {
        Ok(table) => read(Reader::new(table, &mistakes), file, place, &mistakes)
            .map(|pack| Pack { text: text.to_owned(), ..pack }),
        Err(error) => {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
            mistakes.add(format!("line {line}"), format_args!("is no TOML: {}", error.message()));
            None
        }
    };
    match (pack, mistakes.into_vec()) {
        (Some(pack), errors) if errors.is_empty() => Ok(pack),
        (_, errors) => Err(errors),
    }
}

fn read(mut pack: Reader<'_>, file: &str, place: Jurisdiction, mistakes: &Mistakes<'_>) -> Option<Pack> {
    for (key, what) in [
        ("id", "the pack's name, such as us-fl"),
        ("version", "a version, such as 2026-11-28"),
        ("jurisdiction", "a country or a part of one, such as US-FL"),
        ("effective_from", "the first day on which it holds"),
    ] {
        pack.need(key, what);
    }
    let (id, version) = (pack.word::<RuleId>("id"), pack.word::<PackVersion>("version"));
    let jurisdiction = pack.word::<Jurisdiction>("jurisdiction");
    let source = pack.needed_text("source", "where the law is written");
    let (effective_from, effective_to) = (pack.date("effective_from"), pack.date("effective_to"));
    if let Some(named) = jurisdiction {
        if named != place {
            pack.wrong("jurisdiction", format_args!("is {named}, but the file's name says {place}; make them agree"));
        } else if !places::is_known(named) {
            pack.wrong("jurisdiction", format_args!("`{named}` is no country and no part of one by ISO 3166"));
        }
    }
    if effective_from.zip(effective_to).is_some_and(|(from, to)| to <= from) {
        pack.wrong(
            "effective_to",
            "is not after effective_from; it is the first day on which the pack no longer holds",
        );
    }
    let holidays = read_holidays(&mut pack);
    let days = (effective_from.map_or(0, day_of), effective_to.map_or(i64::MAX, day_of));
    let (mut rules, mut tables): (Vec<Rule>, usize) = (Vec::new(), 0);
    for kind in RuleKind::ALL {
        for mut table in pack.tables(kind.as_str()) {
            tables += 1;
            let rule = read_rule(&mut table, *kind, version, source.as_deref(), days);
            if let Some(rule) = rule {
                if rules.iter().any(|other| other.reference.id == rule.reference.id) {
                    table.wrong("id", format_args!("`{}` names another rule of this file already", rule.reference.id));
                }
                if matches!(&rule.body, Body::Window(window) if window.on_holidays.is_some()) && holidays.is_none() {
                    table.wrong("on_holidays", "needs the pack to list holidays");
                }
                rules.push(rule);
            }
            table.finish();
        }
    }
    if tables == 0 {
        mistakes.add("id", "the pack has no rule; a place without rules is not called");
    }
    pack.finish();
    Some(Pack {
        id: id?,
        version: version?,
        jurisdiction: jurisdiction?,
        source: source?,
        effective_from: effective_from?,
        effective_to,
        rules,
        file: file.to_owned(),
        holidays: holidays.unwrap_or_default(),
        text: String::new(),
    })
}

fn read_holidays(pack: &mut Reader<'_>) -> Option<Holidays> {
    let moved = |table: &mut Reader<'_>| {
        table.table("observed").map(|mut observed| {
            let days = (observed.number("saturday", -2, 3).unwrap_or(0), observed.number("sunday", -2, 3).unwrap_or(0));
            observed.finish();
            days
        })
    };
    let usual = moved(pack).unwrap_or((0, 0));
    let mut holidays = Vec::new();
    for mut table in pack.tables("holidays") {
        let name = table.needed_text("name", "the holiday's name");
        let on = table.needed_text("on", "when it is, such as `third monday of january`");
        let (saturday, sunday) = moved(&mut table).unwrap_or(usual);
        match on.map(|on| Holiday::parse(&on, saturday, sunday)) {
            Some(Ok(holiday)) if name.is_some() => holidays.push(holiday),
            Some(Err(reason)) => table.wrong("on", reason),
            Some(Ok(_)) | None => {}
        }
        table.finish();
    }
    (!holidays.is_empty()).then(|| Holidays::of(&holidays))
}

fn read_rule(
    table: &mut Reader<'_>,
    kind: RuleKind,
    version: Option<PackVersion>,
    pack_source: Option<&str>,
    (pack_from, pack_until): (i64, i64),
) -> Option<Rule> {
    table.need("id", "the rule's name, such as us-fl.hours");
    let id = table.word::<RuleId>("id");
    let source = table.text("source").or_else(|| pack_source.map(str::to_owned));
    let purposes = table.words("purposes", Purpose::ALL);
    let callees = table.words("callees", CalleeKind::ALL);
    let voices = table.words("voices", Voice::ALL);
    let (from, until): (Option<Date>, Option<Date>) = (table.date("effective_from"), table.date("effective_to"));
    if from.zip(until).is_some_and(|(from, until)| until <= from) {
        table.wrong(
            "effective_to",
            "is not after effective_from; it is the first day on which the rule no longer holds",
        );
    }
    let body = match kind {
        RuleKind::Registry => read_registry(table),
        RuleKind::Consent => {
            table.need("accepts", "the forms of consent that do, such as [{ form = \"written\" }]");
            Some(Body::Consent(ConsentNeed { accepts: read_lifts(table, "accepts") }))
        }
        RuleKind::CallerId => Some(Body::CallerId),
        RuleKind::Guard => read_guard(table),
        RuleKind::Closed => read_closed(table),
        RuleKind::Window => read_window(table),
        RuleKind::Cap => read_cap(table),
        RuleKind::Hold => read_hold(table),
        RuleKind::Ring => {
            table.need("min_seconds", "how long to ring, in seconds");
            table.number("min_seconds", 1, 120).map(Body::Ring)
        }
    };
    Some(Rule {
        reference: RuleRef { id: id?, version: version? },
        source: source?,
        scope: Scope::of(&purposes, &callees, &voices),
        from: from.map_or(pack_from, |from| day_of(from).max(pack_from)),
        until: until.map_or(pack_until, |until| day_of(until).min(pack_until)),
        body: body?,
    })
}

fn read_window(table: &mut Reader<'_>) -> Option<Body> {
    table.need("hours", "lines of days and hours, such as [\"mon-fri 09:00-20:00\"]");
    let lines = table.texts("hours");
    let week = Week::parse(lines.iter().map(String::as_str)).map_err(|reason| table.wrong("hours", reason)).ok();
    let on_holidays = match table.text("on_holidays").as_deref() {
        None => None,
        Some("closed") => Some(Vec::new()),
        Some(hours) => hours_of(hours).map_err(|reason| table.wrong("on_holidays", reason)).ok(),
    };
    Some(Body::Window(Window { week: week?, on_holidays }))
}

fn read_closed(table: &mut Reader<'_>) -> Option<Body> {
    table.need("first", "the first closed day");
    table.need("last", "the last closed day");
    let (first, last) = (table.date("first").map(day_of)?, table.date("last").map(day_of)?);
    if last < first {
        table.wrong("last", "is before first");
    }
    Some(Body::Closed(Closed { first, last }))
}

fn read_cap(table: &mut Reader<'_>) -> Option<Body> {
    for (key, what) in [
        ("limit", "how many calls are allowed"),
        ("period", "24h, 7d, 30d or lifetime"),
        ("key", "whose calls count: number, person, person+debt or person+subject"),
        ("counts", "which calls count: attempt, reachable, connect or conversation"),
    ] {
        table.need(key, what);
    }
    let (limit, period, key) = (table.number("limit", 0, 10_000), table.word("period"), table.word("key"));
    let (counts, within_campaign) = (table.word("counts"), table.flag("within_campaign"));
    let unless = read_lifts(table, "unless");
    Some(Body::Cap(Cap { limit: limit?, period: period?, key: key?, counts: counts?, within_campaign, unless }))
}

fn read_hold(table: &mut Reader<'_>) -> Option<Body> {
    table.need("after", "abandoned, machine, conversation or refusal");
    table.need("key", "whose calls count: number, person, person+debt or person+subject");
    let (after, key) = (table.word("after"), table.word("key"));
    let hours: Option<i64> = table.number("hours", 1, 24 * 3660);
    let days: Option<i64> = table.number("days", 1, 3660);
    let calendar_days = table.number("calendar_days", 1, 3660);
    let unless_agent_guaranteed = table.flag("unless_agent_guaranteed");
    let silence = match (hours, days, calendar_days) {
        (Some(hours), None, None) => Some(Silence::For(Duration::hours(hours))),
        (None, Some(days), None) => Some(Silence::For(Duration::days(days))),
        (None, None, Some(days)) => Some(Silence::CalendarDays(days)),
        _ => {
            table.wrong(
                "hours",
                "give one of hours, days (of 24 hours) and calendar_days (the day of the call is the first)",
            );
            None
        }
    };
    Some(Body::Hold(Hold { after: after?, silence: silence?, key: key?, unless_agent_guaranteed }))
}

fn read_registry(table: &mut Reader<'_>) -> Option<Body> {
    table.need("registry", "the register's name, such as us-dnc");
    table.need("max_age_days", "the age of the oldest copy that counts, in days");
    let (registry, max_age) = (table.word("registry"), table.number::<i64>("max_age_days", 1, 366));
    let listed_for = table.number::<i64>("listed_for_days", 0, 366).unwrap_or_default();
    let unless = read_lifts(table, "unless");
    Some(Body::Registry(RegistryCheck {
        registry: registry?,
        max_age: Duration::days(max_age?),
        listed_for: Duration::days(listed_for),
        unless,
    }))
}

fn read_guard(table: &mut Reader<'_>) -> Option<Body> {
    table.need("period", "campaign-30-days, day or month");
    table.need("limit_percent", "the largest share of live calls that may be abandoned, such as 3.0");
    let (period, limit) = (table.word("period"), table.percent("limit_percent").and_then(Limit::basis_points));
    let estimates_machines = table.flag("estimates_machines");
    Some(Body::Guard(Guard { period: period?, limit: limit?, estimates_machines }))
}

fn read_lifts(table: &mut Reader<'_>, key: &str) -> Vec<Lift> {
    let mut lifts = Vec::new();
    for mut lift in table.tables(key) {
        lift.need("form", "express, written, relationship or inquiry");
        let form = lift.word("form");
        let within = match (lift.number("days", 1, 3660), lift.number("months", 1, 120)) {
            (None, None) => None,
            (Some(days), None) => Some(Within::Days(days)),
            (None, Some(months)) => Some(Within::Months(months)),
            (Some(_), Some(_)) => {
                lift.wrong("days", "give days or months, not both");
                None
            }
        };
        lifts.extend(form.map(|form| Lift { form, within }));
        lift.finish();
    }
    lifts
}
