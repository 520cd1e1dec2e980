//! The provider's own names of things. They are its to make: nothing is read out of them.

use std::fmt;

macro_rules! names {
    ($($(#[$about:meta])* $name:ident;)+) => {
        $(
            $(#[$about])*
            #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub struct $name(String);

            impl $name {
                /// Wraps what the provider calls it.
                #[must_use]
                pub fn new(name: impl Into<String>) -> Self {
                    Self(name.into())
                }

                /// The text as the provider spells it.
                #[must_use]
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(&self.0)
                }
            }
        )+
    };
}

names! {
    /// The provider's name of a call, or of one leg of it.
    ProviderCallId;
    /// The provider's name of an agent's line, its user id: whose phone rings.
    AgentLine;
    /// The provider's name of a recording.
    ProviderRecordingId;
}
