//! Extractors for what a request says: its path, its query and its body. Validation *is* conversion: what comes out is
//! a domain value or a use case's command, and what is wrong is reported field by field, all of it at once.

mod body;
mod change;
mod if_match;
mod object;
mod once;
mod path;
mod query;
mod reader;
mod shape;
pub mod spool;

pub use body::{BODY_LIMIT, RequestBody, Valid};
pub use change::Change;
pub use if_match::IfMatch;
pub use object::Object;
pub use once::{Answer, Once};
pub(crate) use once::{BodyDigest, Memory};
pub use path::{Id, Part};
pub use query::{Params, RequestQuery, ValidQuery};
pub use reader::{Reader, Reading};
