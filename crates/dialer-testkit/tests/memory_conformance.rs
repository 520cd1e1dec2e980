//! The in-memory store keeps the promises of the persistence ports.

use dialer_testkit::MemoryStore;

dialer_testkit::store_conformance!(MemoryStore);
