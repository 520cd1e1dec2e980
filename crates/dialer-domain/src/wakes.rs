//! What one node tells the others, so that none has to look for it: that there may be something to do.
//!
//! A wake is a hint and may get lost: whoever waits for one looks by itself now and then as well.

use async_trait::async_trait;

use crate::store::StoreError;
use crate::words::words;

words! {
    /// Why to look.
    Wake ("wake") {
        /// A campaign was changed, contacts were added, or a lease was handed back.
        Work = "work",
        /// An event of the provider came in.
        ProviderEvents = "events",
    }
}

/// Wakes, whichever node they come from.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Wakes: Send {
    /// Returns with the next one; once more than need be when some may have been missed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] while there is no connection: ask again after a while.
    async fn next(&mut self) -> Result<Wake, StoreError>;
}
