//! Postal addresses: the country and the part of it that they name.

use super::Jurisdiction;
use super::tables::is_known;

/// What a postal address says of a place, as people write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Address<'a> {
    /// The country: an ISO 3166 code of two letters, or the name of one whose rules the program carries.
    pub country: Option<&'a str>,
    /// The state or province, by code or by name.
    pub region: Option<&'a str>,
    /// The postcode. Canada's tells the province; other countries' are not read.
    pub postcode: Option<&'a str>,
}

const COUNTRIES: &[(&str, &str)] = &[
    ("usa", "US"),
    ("u.s.a.", "US"),
    ("u.s.", "US"),
    ("united states", "US"),
    ("united states of america", "US"),
    ("uk", "GB"),
    ("u.k.", "GB"),
    ("united kingdom", "GB"),
    ("great britain", "GB"),
    ("england", "GB"),
    ("scotland", "GB"),
    ("wales", "GB"),
    ("northern ireland", "GB"),
    ("canada", "CA"),
    ("australia", "AU"),
    ("france", "FR"),
];

const REGIONS: &[(&str, &str)] = &[
    ("alabama", "US-AL"),
    ("alaska", "US-AK"),
    ("arizona", "US-AZ"),
    ("arkansas", "US-AR"),
    ("california", "US-CA"),
    ("colorado", "US-CO"),
    ("connecticut", "US-CT"),
    ("delaware", "US-DE"),
    ("district of columbia", "US-DC"),
    ("florida", "US-FL"),
    ("georgia", "US-GA"),
    ("hawaii", "US-HI"),
    ("idaho", "US-ID"),
    ("illinois", "US-IL"),
    ("indiana", "US-IN"),
    ("iowa", "US-IA"),
    ("kansas", "US-KS"),
    ("kentucky", "US-KY"),
    ("louisiana", "US-LA"),
    ("maine", "US-ME"),
    ("maryland", "US-MD"),
    ("massachusetts", "US-MA"),
    ("michigan", "US-MI"),
    ("minnesota", "US-MN"),
    ("mississippi", "US-MS"),
    ("missouri", "US-MO"),
    ("montana", "US-MT"),
    ("nebraska", "US-NE"),
    ("nevada", "US-NV"),
    ("new hampshire", "US-NH"),
    ("new jersey", "US-NJ"),
    ("new mexico", "US-NM"),
    ("new york", "US-NY"),
    ("north carolina", "US-NC"),
    ("north dakota", "US-ND"),
    ("ohio", "US-OH"),
    ("oklahoma", "US-OK"),
    ("oregon", "US-OR"),
    ("pennsylvania", "US-PA"),
    ("puerto rico", "US-PR"),
    ("rhode island", "US-RI"),
    ("south carolina", "US-SC"),
    ("south dakota", "US-SD"),
    ("tennessee", "US-TN"),
    ("texas", "US-TX"),
    ("utah", "US-UT"),
    ("vermont", "US-VT"),
    ("virginia", "US-VA"),
    ("washington", "US-WA"),
    ("west virginia", "US-WV"),
    ("wisconsin", "US-WI"),
    ("wyoming", "US-WY"),
    ("alberta", "CA-AB"),
    ("british columbia", "CA-BC"),
    ("manitoba", "CA-MB"),
    ("new brunswick", "CA-NB"),
    ("newfoundland and labrador", "CA-NL"),
    ("nova scotia", "CA-NS"),
    ("northwest territories", "CA-NT"),
    ("nunavut", "CA-NU"),
    ("ontario", "CA-ON"),
    ("prince edward island", "CA-PE"),
    ("quebec", "CA-QC"),
    ("québec", "CA-QC"),
    ("saskatchewan", "CA-SK"),
    ("yukon", "CA-YT"),
];

/// Provinces by the first letter of the postcode (Canada Post). X is the Northwest Territories' and Nunavut's.
const CANADIAN_POSTCODES: &[(char, &[&str])] = &[
    ('A', &["CA-NL"]),
    ('B', &["CA-NS"]),
    ('C', &["CA-PE"]),
    ('E', &["CA-NB"]),
    ('G', &["CA-QC"]),
    ('H', &["CA-QC"]),
    ('J', &["CA-QC"]),
    ('K', &["CA-ON"]),
    ('L', &["CA-ON"]),
    ('M', &["CA-ON"]),
    ('N', &["CA-ON"]),
    ('P', &["CA-ON"]),
    ('R', &["CA-MB"]),
    ('S', &["CA-SK"]),
    ('T', &["CA-AB"]),
    ('V', &["CA-BC"]),
    ('X', &["CA-NT", "CA-NU"]),
    ('Y', &["CA-YT"]),
];

impl Address<'_> {
    /// The places that it names: those of the country, of the region and of the postcode, as far as each can be read.
    pub(super) fn signals(&self) -> impl Iterator<Item = Vec<Jurisdiction>> {
        let country = self.country.and_then(country);
        let region = self.region.and_then(|text| region(text, country));
        let postcode = self.postcode.filter(|_| country.is_some_and(|place| Some(place) == "CA".parse().ok()));
        let [country, region] = [country, region].map(|place| place.map(|place| vec![place]));
        [country, region, postcode.and_then(canadian)].into_iter().flatten()
    }
}

fn named(table: &[(&str, &str)], text: &str) -> Option<Jurisdiction> {
    let text = text.trim().to_lowercase();
    table.iter().find(|(name, _)| *name == text)?.1.parse().ok()
}

fn country(text: &str) -> Option<Jurisdiction> {
    let code = text.trim().to_ascii_uppercase().parse().ok();
    named(COUNTRIES, text).or(code.filter(|place: &Jurisdiction| place.is_country() && is_known(*place)))
}

fn region(text: &str, country: Option<Jurisdiction>) -> Option<Jurisdiction> {
    let code = text.trim().to_ascii_uppercase();
    let whole = code.parse().ok().filter(|place: &Jurisdiction| !place.is_country());
    // Two letters alone may be a state of one country and a province of another: without a country they are not read.
    let part = || format!("{}-{code}", country?).parse().ok();
    let place: Jurisdiction = named(REGIONS, text).or(whole).or_else(part)?;
    is_known(place).then_some(place)
}

fn canadian(postcode: &str) -> Option<Vec<Jurisdiction>> {
    let letter = postcode.trim().chars().next()?.to_ascii_uppercase();
    let (_, provinces) = CANADIAN_POSTCODES.iter().find(|(known, _)| *known == letter)?;
    provinces.iter().map(|place| place.parse().ok()).collect()
}
