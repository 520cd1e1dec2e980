//! Tables of prefixes: what the first digits of a number say of it.

/// Digits of the longest number (ITU-T E.164).
const DIGITS: usize = 15;

/// A prefix: all numbers that begin with it.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The first number with this prefix, filled up with zeros to the longest length.
    first: u64,
    /// Digits of the prefix.
    len: usize,
    /// What it says: a place in the table's values.
    value: usize,
    /// The longest shorter prefix of it that stands in the table.
    parent: Option<usize>,
}

/// What prefixes of numbers say, each some words. The longest one that fits a number holds.
#[derive(Debug)]
pub(super) struct Prefixes {
    entries: Vec<Entry>,
    values: Vec<Vec<&'static str>>,
}

impl Prefixes {
    /// Reads lines of the form `words: prefixes`; those that begin with `#` are comments.
    pub(super) fn parse(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(':'));
        let (mut entries, mut values) = (Vec::new(), Vec::new());
        for (words, prefixes) in lines {
            let value = values.len();
            values.push(words.split(' ').collect());
            entries.extend(
                prefixes.split_whitespace().filter_map(|prefix| {
                    Some(Entry { first: padded(prefix)?, len: prefix.len(), value, parent: None })
                }),
            );
        }
        entries.sort_by_key(|entry| (entry.first, entry.len));
        let mut open: Vec<usize> = Vec::new();
        for place in 0..entries.len() {
            let entry = entries[place];
            while open.last().is_some_and(|above| !entries[*above].fits(entry.first)) {
                open.pop();
            }
            entries[place].parent = open.last().copied();
            open.push(place);
        }
        Self { entries, values }
    }

    /// Every word that some prefix says.
    pub(super) fn words(&self) -> impl Iterator<Item = &'static str> {
        self.values.iter().flatten().copied()
    }

    /// What the longest prefix of `digits` says, and how many digits it has.
    pub(super) fn longest(&self, digits: &str) -> Option<(usize, &[&'static str])> {
        let number = padded(digits)?;
        let after = self.entries.partition_point(|entry| (entry.first, entry.len) <= (number, digits.len()));
        let mut place = after.checked_sub(1);
        while let Some(entry) = place.and_then(|place| self.entries.get(place)) {
            if entry.fits(number) && entry.len <= digits.len() {
                return self.values.get(entry.value).map(|words| (entry.len, words.as_slice()));
            }
            place = entry.parent;
        }
        None
    }
}

impl Entry {
    fn fits(&self, number: u64) -> bool {
        let size = u32::try_from(DIGITS - self.len).map_or(1, |digits| 10_u64.pow(digits));
        number.checked_sub(self.first).is_some_and(|above| above < size)
    }
}

fn padded(digits: &str) -> Option<u64> {
    let missing = u32::try_from(DIGITS.checked_sub(digits.len())?).ok()?;
    digits.parse::<u64>().ok()?.checked_mul(10_u64.pow(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# comment\nuk: 44\nlondon: 4420\ncity: 442072\nus: 1\nflorida keys: 1305 1786\n";

    #[test]
    fn the_longest_prefix_that_fits_a_number_holds() {
        let table = Prefixes::parse(TABLE);
        let found = |digits| table.longest(digits).map(|(len, words)| (len, words.join(" ")));
        assert_eq!(found("442072345678"), Some((6, "city".to_owned())));
        assert_eq!(found("442079460001"), Some((4, "london".to_owned())));
        assert_eq!(found("441212345678"), Some((2, "uk".to_owned())));
        assert_eq!(found("447912345678"), Some((2, "uk".to_owned())), "behind a longer prefix that does not fit");
        assert_eq!(found("17865550123"), Some((4, "florida keys".to_owned())));
        assert_eq!(found("19995550123"), Some((1, "us".to_owned())));
        assert_eq!((found("33123456789"), found("4"), found("")), (None, None, None));
    }
}
