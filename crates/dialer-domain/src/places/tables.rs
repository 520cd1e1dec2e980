//! The tables of numbers, places and zones that the program carries; `scripts/number-places.py` makes them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::Jurisdiction;
use super::numbers::Prefixes;
use crate::schedule::Zone;

/// Zones by prefix of a number.
pub(super) static NUMBER_ZONES: LazyLock<Prefixes> =
    LazyLock::new(|| Prefixes::parse(include_str!("data/number-zones.txt")));

/// Countries, states and provinces by prefix of a number.
pub(super) static NUMBER_PLACES: LazyLock<Prefixes> =
    LazyLock::new(|| Prefixes::parse(include_str!("data/number-places.txt")));

/// Names of zones by place; a country's are those of all its parts.
static PLACE_ZONES: LazyLock<BTreeMap<Jurisdiction, Vec<&'static str>>> = LazyLock::new(|| {
    let lines = include_str!("data/place-zones.txt").lines().filter(|line| !line.starts_with('#'));
    let read = |line: &'static str| {
        let (place, zones) = line.split_once(": ")?;
        Some((place.parse().ok()?, zones.split(' ').collect()))
    };
    lines.filter_map(read).collect()
});

/// Zones by name: each is read from the zone data once.
static ZONES: LazyLock<BTreeMap<&'static str, Zone>> = LazyLock::new(|| {
    let names = NUMBER_ZONES.words().chain(PLACE_ZONES.values().flatten().copied());
    names.filter_map(|name| Some((name, name.parse().ok()?))).collect()
});

/// Names of the zones of a place; none where it is not known.
pub(super) fn zones_of(place: Jurisdiction) -> &'static [&'static str] {
    PLACE_ZONES.get(&place).map_or(&[], Vec::as_slice)
}

/// The most precise places that have a zone of this name.
pub(super) fn places_in(zone: &str) -> impl Iterator<Item = Jurisdiction> {
    let has_parts = |place: Jurisdiction| PLACE_ZONES.keys().any(|other| place != *other && place.covers(*other));
    PLACE_ZONES
        .iter()
        .filter(move |(place, zones)| zones.contains(&zone) && !(place.is_country() && has_parts(**place)))
        .map(|(place, _)| *place)
        .collect::<Vec<_>>()
        .into_iter()
}

/// A zone of the tables by its name.
pub(super) fn zone(name: &str) -> Option<&'static Zone> {
    ZONES.get(name)
}

/// Whether there is such a country, and such a part of it where its parts are known.
pub(crate) fn is_known(place: Jurisdiction) -> bool {
    let country = place.country();
    let parts_known = PLACE_ZONES.keys().any(|other| !other.is_country() && country.covers(*other));
    PLACE_ZONES.contains_key(&country) && (!parts_known || PLACE_ZONES.contains_key(&place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_and_every_place_of_the_tables_is_known() {
        for name in NUMBER_ZONES.words().chain(PLACE_ZONES.values().flatten().copied()) {
            assert!(zone(name).is_some(), "{name}");
        }
        for place in NUMBER_PLACES.words() {
            assert!(place.parse().is_ok_and(is_known), "{place}");
        }
    }

    #[test]
    fn places_that_there_are_not_are_not_known() {
        for place in ["ZZ", "US-ZZ", "CA-FL"] {
            assert!(!is_known(place.parse().unwrap()), "{place}");
        }
        for place in ["US", "US-FL", "US-PR", "CA-QC", "GB", "GB-SCT", "FR", "AU-NSW"] {
            assert!(is_known(place.parse().unwrap()), "{place}");
        }
    }
}
