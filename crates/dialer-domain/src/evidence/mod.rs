//! Evidence packs: all that shows why a campaign's calls were made, as one file that cannot be altered unnoticed.
//!
//! A pack is JSON Lines. Each [`Line`] is an object whose last member, `hash`, is the SHA-256 of the hash of the line before (64
//! zeros for the first), a line feed, and the line's own bytes without that member: `{"kind":"call","data":{…}}`. The last line
//! counts the others. Whoever keeps the last hash elsewhere can tell this file from every other.

mod chain;
mod line;
mod rows;
mod verify;

pub use chain::{Chain, Link};
pub use line::{Footer, Header, KeptBook, Line, LineKind, PackCampaign};
pub use rows::{CalledCall, InForceCopy, KeptBan, KeptConsent, Told};
pub use verify::{Broken, Defect, Verified, Verifier};
