//! The law, and a tenant's own policy, as dated data.
//!
//! A [`Pack`] is a file of `config/rules`: the rules of one country or state, with a version and the days on which it holds.
//! A [`RuleBook`] holds all of them and is asked about every call by [`crate::eligibility::decide`]. Of several rules the
//! strictest holds: every one must allow the call, in every zone and every place where the callee may be.

pub mod abandonment;
mod ban;
mod book;
mod book_text;
mod cap;
mod dossier;
mod facts;
mod history;
mod hold;
mod holidays;
mod lasting;
mod ledger;
mod lift;
mod load;
mod moment;
mod names;
mod pack;
mod parse;
mod purpose;
mod reader;
mod scope;
mod shelf;
mod shipped;
mod week;
mod window;

pub use ban::Ban;
pub use book::{GuardRule, RuleBook};
pub use book_text::{BookError, BookHash, NotAHash};
pub use cap::{CapCount, CapKey, CapPeriod};
pub use dossier::{Circumstances, Dossier, Past};
pub use facts::{CallerIdStanding, GuardStanding, RuleFacts};
pub use history::{Came, Lifetime, PastCall, Tie};
pub use hold::HoldAfter;
pub use ledger::{CONNECT_DEADLINE, Counted, LEDGER_REACH, LedgerEntry, Tally, TallyChange};
pub use names::{Name, NotAName, PackVersion, RuleId, RuleRef};
pub use pack::{Pack, Rule, RuleKind};
pub use purpose::Purpose;
pub use reader::PackError;
pub use scope::{CalleeKind, Voice};
pub use shelf::{Governing, Shelf};
