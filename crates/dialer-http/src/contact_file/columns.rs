//! What the columns of a file mean, by their names or as somebody has said.

use std::collections::BTreeMap;

use dialer_domain::imports::{ContactField, Mapping};

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    Number,
    FirstName,
    LastName,
    Email,
    Company,
    /// Something else, kept under this name.
    Other(String),
}

/// The columns of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<Column>);

/// Names of the number column without case, spaces and punctuation; the best first, because a file may have several.
const NUMBER: [&str; 20] = [
    "phonenumber",
    "phone",
    "number",
    "telephonenumber",
    "telephone",
    "tel",
    "mobile",
    "mobilenumber",
    "mobilephone",
    "cell",
    "cellphone",
    "cellnumber",
    "phoneno",
    "telno",
    "mobileno",
    "msisdn",
    "contactnumber",
    "phone1",
    "workphone",
    "homephone",
];
const FIRST_NAME: [&str; 4] = ["firstname", "givenname", "forename", "first"];
const LAST_NAME: [&str; 4] = ["lastname", "familyname", "surname", "last"];
const EMAIL: [&str; 3] = ["email", "emailaddress", "mail"];
const COMPANY: [&str; 6] = ["company", "companyname", "organisation", "organization", "business", "account"];

/// Why a header cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HeaderProblem {
    /// No column holds numbers.
    NoNumber,
    /// There is no column of this name.
    NoSuchColumn(String),
}

impl Columns {
    /// Reads a header. `mapping` says which columns hold which fields; the other fields are known by their names.
    pub(super) fn read<'a>(
        header: impl Iterator<Item = &'a str>,
        mapping: &Mapping,
    ) -> Result<(Self, Mapping), HeaderProblem> {
        let names: Vec<&str> = header.map(str::trim).collect();
        let plain: Vec<String> = names.iter().map(|name| simplify(name)).collect();
        let mut places: BTreeMap<ContactField, usize> = BTreeMap::new();
        for (field, wanted) in mapping {
            let exactly = names.iter().position(|name| *name == wanted.trim());
            let place = exactly.or_else(|| plain.iter().position(|name| *name == simplify(wanted)));
            let place = place.ok_or_else(|| HeaderProblem::NoSuchColumn(wanted.chars().take(40).collect()))?;
            places.insert(*field, place);
        }
        for field in ContactField::ALL.iter().filter(|field| !mapping.contains_key(*field)) {
            let free = |place: &usize| !places.values().any(|taken| taken == place);
            let find = |word: &&str| plain.iter().position(|name| name == word).filter(free);
            if let Some(place) = known_names(*field).iter().find_map(find) {
                places.insert(*field, place);
            }
        }
        if !places.contains_key(&ContactField::PhoneNumber) {
            return Err(HeaderProblem::NoNumber);
        }
        let mut taken: Vec<String> = Vec::new();
        let columns = names.iter().enumerate().map(|(index, name)| {
            match places.iter().find(|(_, place)| **place == index).map(|(field, _)| field) {
                Some(ContactField::PhoneNumber) => Column::Number,
                Some(ContactField::FirstName) => Column::FirstName,
                Some(ContactField::LastName) => Column::LastName,
                Some(ContactField::Email) => Column::Email,
                Some(ContactField::Company) => Column::Company,
                None => Column::Other(unused_name(name, index, &mut taken)),
            }
        });
        let columns = Self(columns.collect());
        let mapping = places.into_iter().filter_map(|(field, place)| Some((field, (*names.get(place)?).to_owned())));
        Ok((columns, mapping.collect()))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Column> {
        self.0.iter()
    }
}

/// Names of a field's column without case, spaces and punctuation, the best first.
const fn known_names(field: ContactField) -> &'static [&'static str] {
    match field {
        ContactField::PhoneNumber => &NUMBER,
        ContactField::FirstName => &FIRST_NAME,
        ContactField::LastName => &LAST_NAME,
        ContactField::Email => &EMAIL,
        ContactField::Company => &COMPANY,
    }
}

fn simplify(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The name under which a column is kept: its own, or one with a number where it has none or another has it too.
fn unused_name(name: &str, index: usize, taken: &mut Vec<String>) -> String {
    let base = if name.is_empty() { format!("column_{}", index + 1) } else { name.to_owned() };
    let mut candidate = base.clone();
    let mut count = 1;
    while taken.contains(&candidate) {
        count += 1;
        candidate = format!("{base}_{count}");
    }
    taken.push(candidate.clone());
    candidate
}
