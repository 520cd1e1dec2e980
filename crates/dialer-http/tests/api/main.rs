//! The API over a real socket, as clients see it: the application that `dialer serve` serves, on memory, with a
//! provider that does what each test tells it.

mod calls;
mod campaigns;
mod contacts;
#[cfg(test)]
mod desk;
mod failures;
mod health;
mod manners;
mod roles;
