//! What the columns of a file mean, by their names.

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

impl Columns {
    /// Reads a header. `None` when no column holds numbers.
    pub(super) fn read<'a>(header: impl Iterator<Item = &'a str>) -> Option<Self> {
        let names: Vec<&str> = header.map(str::trim).collect();
        let plain: Vec<String> = names.iter().map(|name| simplify(name)).collect();
        let find = |words: &[&str]| words.iter().find_map(|word| plain.iter().position(|name| name == word));
        let number = find(&NUMBER)?;
        let first_name = find(&FIRST_NAME);
        let last_name = find(&LAST_NAME);
        let email = find(&EMAIL);
        let company = find(&COMPANY);
        let mut taken: Vec<String> = Vec::new();
        let columns = names.iter().enumerate().map(|(index, name)| match Some(index) {
            here if here == Some(number) => Column::Number,
            here if here == first_name => Column::FirstName,
            here if here == last_name => Column::LastName,
            here if here == email => Column::Email,
            here if here == company => Column::Company,
            _ => Column::Other(unused_name(name, index, &mut taken)),
        });
        Some(Self(columns.collect()))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Column> {
        self.0.iter()
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
