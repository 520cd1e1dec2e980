//! The sample list: a CSV as people send them, good rows and a few that cannot be used.

use std::fmt::Write as _;

const FIRST: [&str; 12] = ["Ada", "Bo", "Cleo", "Dax", "Edda", "Finn", "Gia", "Hal", "Ivy", "Jun", "Kit", "Lou"];
const LAST: [&str; 10] =
    ["Example", "Sample", "Placeholder", "Madeup", "Invented", "Notreal", "Pretend", "Mockley", "Dummy", "Fictional"];

/// Most callable rows that a sample can have: 800 area codes with the hundred numbers that the North American
/// numbering plan keeps for fiction in each.
pub const MAX_CONTACTS: usize = 80_000;

/// Rows that cannot be used, so that the report has something to show.
pub const BROKEN_ROWS: usize = 4;

/// A CSV with `contacts` callable rows and [`BROKEN_ROWS`] others.
#[must_use]
pub fn csv(contacts: usize) -> String {
    let mut csv = String::from("first_name,last_name,phone,company,city\n");
    for n in 0..contacts.min(MAX_CONTACTS) {
        let (first, last) = (FIRST[n % FIRST.len()], LAST[(n / FIRST.len()) % LAST.len()]);
        let number = number(n);
        // Writing to a String cannot fail.
        let _ = writeln!(csv, "{first},{last},{number},Company {},Springfield", n % 97);
    }
    csv.push_str("Mel,Nonumber,,Company 98,Springfield\n");
    csv.push_str("Nat,Notanumber,call me,Company 98,Springfield\n");
    let _ = writeln!(csv, "Oli,Twice,{},Company 98,Springfield", number(0));
    csv.push_str("Pat,Tooshort,+1 202 555,Company 98,Springfield\n");
    csv
}

fn number(n: usize) -> String {
    format!("+1 {} 555 01{:02}", 200 + n / 100, n % 100)
}
