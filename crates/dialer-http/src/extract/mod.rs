//! Extractors for what a request says: its path, its query and its body. Validation *is* conversion: what comes out is
//! a domain value or a use case's command, and what is wrong is reported field by field, all of it at once.

mod body;
mod change;
pub(crate) mod form;
mod if_match;
pub(crate) mod intake;
mod object;
mod once;
mod path;
mod query;
mod reader;
mod shape;
pub(crate) mod spool;

pub(crate) use body::read_body;
pub use body::{BODY_LIMIT, RequestBody, Valid};
pub use change::Change;
pub use if_match::IfMatch;
pub use object::Object;
pub(crate) use once::Memory;
pub use once::{Answer, Once};
pub use path::{Id, Number, Part, Register};
pub use query::{Params, RequestQuery, ValidQuery};
pub use reader::{Reader, Reading};
