//! Which addresses were registered on this thread, for the test that holds them against the OpenAPI document.

use std::cell::RefCell;
use std::collections::BTreeMap;

thread_local! {
    static SEEN: RefCell<BTreeMap<String, &'static str>> = const { RefCell::new(BTreeMap::new()) };
}

pub(super) fn note(path: &str, allowed: &'static str) {
    SEEN.with_borrow_mut(|seen| seen.insert(path.to_owned(), allowed));
}

/// What was registered since the last time, by its path as it was given.
pub(crate) fn take() -> BTreeMap<String, &'static str> {
    SEEN.take()
}
