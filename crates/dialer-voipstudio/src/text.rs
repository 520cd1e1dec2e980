//! What may be shown of a text that came from outside.
//!
//! The provider's messages say what is wrong, and sometimes name the number that was called. They end up in logs
//! and on pages, so numbers and anything that looks like a key are hidden first.

/// The longest text shown, in characters.
const LONGEST: usize = 200;
/// A number has at least this many digits, a key at least this many letters and digits.
const NUMBER_DIGITS: usize = 6;
const KEY_CHARACTERS: usize = 20;
const HIDDEN: &str = "***";

/// `text` on one line, without numbers and keys, cut at 200 characters.
pub(crate) fn safe(text: &str) -> String {
    // Nothing past this can be shown; the slack lets a number at the edge be seen whole.
    let text: String = text.chars().take(LONGEST * 4).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = hide_runs(&text, is_key_character, is_key);
    let text = hide_runs(&text, is_number_character, is_number);
    text.trim().chars().take(LONGEST).collect()
}

/// Replaces each longest run of characters `of` one kind that `hides` says so.
fn hide_runs(text: &str, of: fn(char) -> bool, hides: fn(&str) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest.find(of).unwrap_or(rest.len());
        shown.push_str(&rest[..plain]);
        rest = &rest[plain..];
        let run = rest.find(|c| !of(c)).unwrap_or(rest.len());
        shown.push_str(&if hides(&rest[..run]) { hidden(&rest[..run]) } else { rest[..run].to_owned() });
        rest = &rest[run..];
    }
    shown
}

/// The placeholder, with the white space around the run kept.
fn hidden(run: &str) -> String {
    let before = &run[..run.len() - run.trim_start().len()];
    let after = &run[run.trim_end().len()..];
    format!("{before}{HIDDEN}{after}")
}

fn is_key_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn is_key(run: &str) -> bool {
    run.len() >= KEY_CHARACTERS && run.bytes().any(|byte| byte.is_ascii_digit())
}

/// Digits, and what people write between the digits of a number.
fn is_number_character(c: char) -> bool {
    c.is_numeric() || c.is_whitespace() || matches!(c, '+' | '-' | '.' | '(' | ')' | '/')
}

fn is_number(run: &str) -> bool {
    run.chars().filter(|c| c.is_numeric()).count() >= NUMBER_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(
        "Unable to make a call with no VoIP clients registered",
        "Unable to make a call with no VoIP clients registered"
    )]
    #[case("rate exceeded for 447700900123", "rate exceeded for ***")]
    #[case("rate exceeded for +44 7700 900123 today", "rate exceeded for *** today")]
    #[case("(202) 555-0123 is barred", "*** is barred")]
    #[case("user10021x is 6001", "user10021x is 6001")]
    #[case("token 0123456789abcdef0123456789abcdef01234567 expired", "token *** expired")]
    #[case("line one\r\nline two", "line one  line two")]
    #[case("  ", "")]
    fn numbers_and_keys_are_hidden(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(safe(text), shown);
    }

    #[test]
    fn a_long_text_is_cut_and_no_number_shows_at_the_cut() {
        let text = format!("{} 447700900123", "é".repeat(190));
        let shown = safe(&text);
        assert!(shown.chars().count() <= 200);
        assert!(!shown.contains("4477"), "{shown}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_from_outside_shows_six_digits_in_a_row(text in "[0-9+ a-z().-]{0,300}\\PC{0,20}") {
            let shown = safe(&text);
            let mut run = 0;
            for c in shown.chars() {
                run = if c.is_ascii_digit() { run + 1 } else { 0 };
                proptest::prop_assert!(run < 6, "{}", shown);
            }
        }
    }
}
