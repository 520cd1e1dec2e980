//! Words that mean "do not call me again" wherever they are said or texted.

/// Words that are enough by themselves (47 CFR 64.1200(a)(10)), without what may stand between their letters.
const STOP_WORDS: [&str; 7] = ["STOP", "QUIT", "END", "REVOKE", "OPTOUT", "CANCEL", "UNSUBSCRIBE"];

/// Whether a message says nothing but one of the words STOP, QUIT, END, REVOKE, OPT OUT, CANCEL and UNSUBSCRIBE: in any case,
/// whatever space and punctuation stand around it, and OPT OUT also as one word or with a hyphen.
///
/// A message that says more may mean the same; that is for a person to read.
#[must_use]
pub fn says_stop(text: &str) -> bool {
    let word = text.trim_matches(|c: char| !c.is_alphanumeric());
    let letters: String =
        word.chars().filter(|c| !matches!(c, '-' | '\u{2010}' | '\u{2011}') && !c.is_whitespace()).collect();
    let is_two_words = letters.len() < word.len();
    STOP_WORDS.iter().any(|stop| letters.eq_ignore_ascii_case(stop) && (!is_two_words || *stop == "OPTOUT"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("STOP")]
    #[case("stop")]
    #[case("  Stop!!! ")]
    #[case("\"Stop\".")]
    #[case("🛑 STOP 🛑")]
    #[case("Quit")]
    #[case("end.")]
    #[case("REVOKE")]
    #[case("opt out")]
    #[case("Opt-Out")]
    #[case("OPTOUT")]
    #[case("opt \t\n out!")]
    #[case("cancel")]
    #[case("Unsubscribe\r\n")]
    fn each_word_alone_is_a_wish_not_to_be_called(#[case] text: &str) {
        assert!(says_stop(text), "{text:?}");
    }

    #[rstest]
    #[case("")]
    #[case("  ")]
    #[case("?!")]
    #[case("stop by tomorrow")]
    #[case("don't stop")]
    #[case("the end")]
    #[case("stopp")]
    #[case("s t o p")]
    #[case("opt in")]
    #[case("cancel my order")]
    #[case("STOP. END.")]
    #[case("ＳＴＯＰ")]
    fn anything_else_is_for_a_person_to_read(#[case] text: &str) {
        assert!(!says_stop(text), "{text:?}");
    }
}
