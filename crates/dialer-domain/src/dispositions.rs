//! Dispositions: what the agent says came of a call.

use crate::words::words;

words! {
    /// The result of a call as the agent puts it down.
    Disposition ("disposition") {
        /// Wants to know more.
        Interested = "interested",
        /// Does not.
        NotInterested = "not-interested",
        /// Wants to be called again.
        Callback = "callback",
        /// Somebody else has this number.
        WrongNumber = "wrong-number",
        /// Nobody answered.
        NoAnswer = "no-answer",
        /// A machine answered.
        Voicemail = "voicemail",
        /// Does not want to be called any more.
        DoNotCall = "do-not-call",
        /// A lead worth pursuing.
        Qualified = "qualified",
        /// Not one.
        NotQualified = "not-qualified",
    }
}
