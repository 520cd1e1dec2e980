//! Copies of registers.

use dialer_domain::ids::RegistryCopyId;
use dialer_domain::registries::{CopyStatus, Listed, Registry, RegistryCopy};
use dialer_domain::{PhoneNumber, UserId};

use super::{T0, id};

/// A copy of the US register that `owner` begins to load at [`T0`], of that day.
///
/// # Panics
/// Never: `us-dnc` is a register.
#[must_use]
#[expect(clippy::panic, reason = "the text is a register, as its own tests say")]
pub fn registry_copy(owner: UserId) -> RegistryCopy {
    let registry: Registry = "us-dnc".parse().unwrap_or_else(|error| panic!("{error}"));
    RegistryCopy {
        id: id(RegistryCopyId::new),
        registry,
        user_id: Some(owner),
        copied_on: T0.date(),
        status: CopyStatus::Loading,
        numbers: 0,
        broken: 0,
        file_name: Some("us-dnc.txt".to_owned()),
        file_hash: None,
        created_by: Some(owner),
        created_at: T0,
        imported_at: None,
    }
}

/// A number that stands in a register, nobody knows since when.
#[must_use]
pub fn listed_number(number: &PhoneNumber) -> Listed {
    Listed { phone_number: number.clone(), since: None }
}
