//! From what is known of somebody to where they may be.

use serde_json::{Map, Value};

use super::tables::{NUMBER_PLACES, NUMBER_ZONES, places_in, zone, zones_of};
use super::{Address, Jurisdiction, Place};
use crate::contacts::Person;
use crate::phone::PhoneNumber;
use crate::schedule::Zone;

/// What is known of where somebody is. Leave out what is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signals<'a> {
    /// The zone that they, or their list's owner, stated.
    pub zone: Option<Zone>,
    /// The country, state or province that was stated.
    pub region: Option<Jurisdiction>,
    /// The postal address.
    pub address: Address<'a>,
    /// The number that will be called.
    pub number: Option<&'a PhoneNumber>,
}

impl<'a> Signals<'a> {
    /// What a contact's number and metadata say: the keys `timezone`, `country`, `region` or `state` or `province`, and
    /// `postcode` or `postal_code` or `zip`. What cannot be read says nothing.
    #[must_use]
    pub fn of(person: &'a Person) -> Self {
        let text = |keys: &[&str]| first_text(&person.metadata, keys);
        Self {
            zone: text(&["timezone", "time_zone"]).and_then(|name| name.parse().ok()),
            region: None,
            address: Address {
                country: text(&["country"]),
                region: text(&["region", "state", "province"]),
                postcode: text(&["postcode", "postal_code", "zip"]),
            },
            number: Some(&person.phone_number),
        }
    }
}

fn first_text<'a>(metadata: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| metadata.get(*key)?.as_str()).filter(|text| !text.trim().is_empty())
}

/// Where somebody may be, by all that is known. Signals that agree are narrowed to what they have in common, and of those that
/// do not, each is a candidate.
#[must_use]
pub fn locate(signals: &Signals<'_>) -> Place {
    let digits = signals.number.map(PhoneNumber::digits).unwrap_or_default();
    let number_place = NUMBER_PLACES.longest(digits);
    let by_number: Vec<Jurisdiction> =
        number_place.iter().flat_map(|(_, places)| *places).filter_map(|place| place.parse().ok()).collect();
    let written: Vec<Vec<Jurisdiction>> =
        signals.region.map(|region| vec![region]).into_iter().chain(signals.address.signals()).collect();

    let mut stated: Vec<Vec<Jurisdiction>> = written.clone();
    stated.push(by_number.clone());
    let by_zone = signals.zone.as_ref().map(|zone| within(&stated, places_in(zone.name()).collect()));
    stated.extend(by_zone);
    let jurisdictions = precise(&agreed(stated, meet));

    let mut zones: Vec<Vec<&str>> = written.iter().map(|places| names_of(places)).collect();
    zones.push(match (NUMBER_ZONES.longest(digits), number_place) {
        // A shorter prefix than the one that told the place would tell of other places' zones too.
        (Some((len, zones)), Some((of_place, _))) if len >= of_place => zones.to_vec(),
        (Some((_, zones)), None) => zones.to_vec(),
        (_, Some(_)) => names_of(&by_number),
        (None, None) => Vec::new(),
    });
    zones.extend(signals.zone.as_ref().map(|zone| vec![zone.name()]));
    let stated_zone = signals.zone.as_ref();
    let zones = agreed(zones, |one, other| (one == other).then_some(one))
        .into_iter()
        .filter_map(|name| stated_zone.filter(|stated| stated.name() == name).or_else(|| zone(name)).cloned())
        .collect();
    Place { zones, jurisdictions }
}

fn names_of(places: &[Jurisdiction]) -> Vec<&'static str> {
    let mut names: Vec<&str> = places.iter().flat_map(|place| zones_of(*place)).copied().collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The places of a zone that lie in a country which another signal names, or all where none does: half the Americas share a
/// clock with New York.
fn within(stated: &[Vec<Jurisdiction>], by_zone: Vec<Jurisdiction>) -> Vec<Jurisdiction> {
    let named = |place: &&Jurisdiction| stated.iter().flatten().any(|other| other.country() == place.country());
    let inside: Vec<Jurisdiction> = by_zone.iter().filter(named).copied().collect();
    if inside.is_empty() { by_zone } else { inside }
}

/// What two places have in common: the one that lies in the other.
fn meet(one: Jurisdiction, other: Jurisdiction) -> Option<Jurisdiction> {
    if one.covers(other) { Some(other) } else { other.covers(one).then_some(one) }
}

/// What all signals that say something have in common. When that is nothing, everything that any says, but for what a signal
/// adds to another one with which it agrees: it is only less precise.
fn agreed<T: Copy + PartialEq>(signals: Vec<Vec<T>>, meet: impl Fn(T, T) -> Option<T>) -> Vec<T> {
    let said: Vec<Vec<T>> = signals.into_iter().filter(|signal| !signal.is_empty()).collect();
    let Some((first, others)) = said.split_first() else { return Vec::new() };
    let common = others.iter().fold(first.clone(), |common, signal| {
        unique(common.iter().flat_map(|one| signal.iter().filter_map(|other| meet(*one, *other))))
    });
    if !common.is_empty() {
        return common;
    }
    let narrower =
        |one: &Vec<T>, other: &Vec<T>| one.len() < other.len() && one.iter().all(|item| other.contains(item));
    let precise = said.iter().filter(|signal| !said.iter().any(|other| narrower(other, signal)));
    unique(precise.flatten().copied())
}

fn unique<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    items.fold(Vec::new(), |mut known, item| {
        if !known.contains(&item) {
            known.push(item);
        }
        known
    })
}

/// The places without the countries of which a part is among them: that signal was only less precise.
fn precise(places: &[Jurisdiction]) -> Vec<Jurisdiction> {
    let vague = |place: &Jurisdiction| places.iter().any(|other| place != other && place.covers(*other));
    places.iter().filter(|place| !vague(place)).copied().collect()
}
