#!/usr/bin/env python3
"""Writes the tables that tell a telephone number's time zones and places.

    pip install phonenumbers==9.0.43
    python3 scripts/number-places.py crates/dialer-domain/src/places/data

Source: the PyPI package `phonenumbers`, which carries the data of Google's libphonenumber (Apache License 2.0).
The package tells zones of prefixes and, in words, which state an area code of North America belongs to; the words
become ISO 3166-2 codes here.
"""

import random
import re
import sys
from pathlib import Path

import phonenumbers
from phonenumbers.geodata import GEOCODE_DATA
from phonenumbers.tzdata import TIMEZONE_DATA

US = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO",
    "Connecticut": "CT", "Delaware": "DE", "Washington D.C.": "DC", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI",
    "Idaho": "ID", "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY",
    "Louisiana": "LA", "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN",
    "Mississippi": "MS", "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH",
    "New Jersey": "NJ", "New Mexico": "NM", "New York": "NY", "North Carolina": "NC", "North Dakota": "ND",
    "Ohio": "OH", "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA", "Rhode Island": "RI",
    "South Carolina": "SC", "South Dakota": "SD", "Tennessee": "TN", "Texas": "TX", "Utah": "UT", "Vermont": "VT",
    "Virginia": "VA", "Washington State": "WA", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}
CA = {
    "Alberta": "AB", "British Columbia": "BC", "British Colombia": "BC", "Manitoba": "MB", "New Brunswick": "NB",
    "Newfoundland and Labrador": "NL", "Nova Scotia": "NS", "Northwest Territories": "NT", "Nunavut": "NU",
    "Ontario": "ON", "Prince Edward Island": "PE", "Quebec": "QC", "Saskatchewan": "SK", "Yukon": "YT",
}
PARTS = {name: f"US-{code}" for name, code in US.items()} | {name: f"CA-{code}" for name, code in CA.items()}
LETTERS = {code.split("-")[1]: code for code in PARTS.values()}

NOTICE = """# {what}
# Made by scripts/number-places.py from the PyPI package phonenumbers {version}, the data of Google's libphonenumber.
# Copyright (C) 2011-2026 The Libphonenumber Authors, Apache License 2.0 (https://www.apache.org/licenses/LICENSE-2.0).
# Changed: prefixes that say what a shorter one says are left out; names of states became ISO 3166-2 codes.
"""


def states(words):
    """The ISO codes of a description such as `Ontario`, `Toronto, ON` or `Nova Scotia/Prince Edward Island`."""
    found = []
    for part in words.split("/"):
        code = PARTS.get(part) or LETTERS.get(part.rsplit(", ", 1)[-1])
        if code is None:
            raise SystemExit(f"no state or province is known by the words {words!r}; add it to this script")
        found.append(code)
    return tuple(found)


def thinned(table):
    """The table without prefixes that say what their longest shorter prefix says."""
    kept = {}
    for prefix in sorted(table, key=len):
        above = next((kept[prefix[:n]] for n in range(len(prefix) - 1, 0, -1) if prefix[:n] in kept), None)
        if table[prefix] != above:
            kept[prefix] = table[prefix]
    return dict(sorted(kept.items()))


def places():
    table = {}
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if regions == ("001",):
            continue
        # A prefix without a more precise one may be in the calling code's main country only, but in North America,
        # where toll-free and personal numbers ring in either of the two large ones.
        table[str(code)] = ("CA", "US") if code == 1 else (regions[0],)
        for region in regions:
            leading = phonenumbers.PhoneMetadata.metadata_for_region(region).leading_digits
            if leading is None:
                continue
            for length in (1, 2, 3, 4, 5):
                for number in range(10 ** (length - 1), 10**length):
                    digits = str(number)
                    if re.fullmatch(leading, digits):
                        table[f"{code}{digits}"] = (region,)
    # The calling code's own country has no leading digits; these have fixed lines of their own.
    table |= {"441481": ("GG",), "441534": ("JE",), "441624": ("IM",)}
    for prefix, words in GEOCODE_DATA.items():
        if len(prefix) == 4 and prefix.startswith("1"):
            table[prefix] = states(words["en"])
    # The law of the United States holds in its territories, which ISO 3166-2 also lists as parts of it.
    territories = {code: f"US-{code}" for code in ("AS", "GU", "MP", "PR", "VI")}
    return {prefix: tuple(territories.get(code, code) for code in found) for prefix, found in table.items()}


def nowhere(zones):
    """Prefixes whose numbers are of no region (mobile, toll-free): each may ring wherever its country has a clock.

    The package tells so number by number; here numbers are drawn for each prefix and asked about.
    """
    random.seed(1)
    table = {}
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if code == 1 or regions == ("001",) or len(zones.get(str(code), ())) < 2:
            continue
        lengths = {
            length
            for region in regions
            for length in phonenumbers.PhoneMetadata.metadata_for_region(region).general_desc.possible_length
        }
        for prefix in map("{:03}".format, range(1000)):
            drawn = (prefix + "".join(random.choices("0123456789", k=length - len(prefix)))
                     for length in lengths for _ in range(25) if length > len(prefix))
            kinds = set()
            for digits in drawn:
                number = phonenumbers.PhoneNumber(country_code=code, national_number=int(digits),
                                                  italian_leading_zero=digits.startswith("0") or None)
                kind = phonenumbers.number_type(number)
                if kind != phonenumbers.PhoneNumberType.UNKNOWN:
                    kinds.add(phonenumbers.is_number_type_geographical(kind, code))
            if kinds == {False}:
                table[f"{code}{prefix}"] = zones[str(code)]
    return table


def placed(zones):
    """The zones with those of numbers that are of no region."""
    free = nowhere(zones)
    inside = lambda prefix: any(prefix[:n] in free for n in range(1, len(prefix) + 1))
    return {prefix: of for prefix, of in zones.items() if not inside(prefix)} | free


def write(path, what, table):
    values = sorted(set(table.values()))
    lines = [NOTICE.format(what=what, version=phonenumbers.__version__).rstrip()]
    for value in values:
        prefixes = [prefix for prefix, of in table.items() if of == value]
        lines.append(f"{' '.join(value)}: {' '.join(prefixes)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def region_zones(zones, places):
    """The zones of each place: those of the longer prefixes that lie in it, or else those of its own."""
    table = {}

    def longest(table, prefix):
        return next((prefix[:n] for n in range(len(prefix), 0, -1) if prefix[:n] in table), "")

    for prefix, found in places.items():
        inside = [p for p in zones if len(p) > len(prefix) and longest(places, p) == prefix]
        inside = inside or [own for own in [longest(zones, prefix)] if own]
        for place in found if prefix != "1" else ():
            table.setdefault(place, set()).update(zone for p in inside for zone in zones[p])
    for place in list(table):
        table.setdefault(place.split("-")[0], set()).update(table[place])
    return table


def main():
    folder = Path(sys.argv[1])
    # One area code serves all three territories of northern Canada; the package knows the clock of Yukon only.
    north = ("America/Edmonton", "America/Fort_Nelson", "America/Toronto", "America/Winnipeg")
    zones, places_ = thinned(placed(TIMEZONE_DATA) | {"1867": north}), thinned(places())
    write(folder / "number-zones.txt", "Time zones: prefixes of numbers in E.164 form.", zones)
    write(folder / "number-places.txt", "Countries, states and provinces: prefixes of numbers in E.164 form.", places_)
    lines = [NOTICE.format(what="Countries, states and provinces: their time zones.", version=phonenumbers.__version__).rstrip()]
    lines += [f"{place}: {' '.join(sorted(of))}" for place, of in sorted(region_zones(zones, places_).items()) if of]
    (folder / "place-zones.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
