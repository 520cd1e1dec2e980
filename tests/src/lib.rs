//! A whole dialer for tests, as its customers meet it: what `dialer serve` starts, on a port of its own, with a
//! database of its own, calling through VoIPstudio's API on another socket. Time runs faster; nothing else differs.

mod app;
mod customer;

pub use app::{Db, TestApp, TestAppBuilder};
pub use customer::{Answer, Customer};
