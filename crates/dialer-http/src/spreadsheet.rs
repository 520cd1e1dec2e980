//! Texts in files that people open in spreadsheets.

use std::borrow::Cow;

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text that no spreadsheet takes for a formula: what would begin one gets an apostrophe in front. A telephone number in
/// E.164 stays as it is, since programs read it.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA) && !is_e164(text) { format!("'{text}").into() } else { text.into() }
}

fn is_e164(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("=1+1")]
    #[case("+44 20")]
    #[case("+447700900123*1")]
    #[case("+0447700900123")]
    #[case("+1234567890123456")]
    #[case("+")]
    #[case("-1")]
    #[case("@SUM")]
    #[case("\t=1")]
    #[case("\r=1")]
    fn what_begins_like_a_formula_gets_an_apostrophe(#[case] text: &str) {
        assert_eq!(harmless(text), format!("'{text}"));
    }

    #[rstest]
    #[case("+447700900123")]
    #[case("+15550100")]
    #[case("plain")]
    #[case("1+1")]
    #[case("")]
    fn numbers_in_e164_and_other_texts_stay_as_they_are(#[case] text: &str) {
        assert_eq!(harmless(text), text);
    }
}
