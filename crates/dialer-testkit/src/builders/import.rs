//! Imports and their batches.

use dialer_domain::contacts::Person;
use dialer_domain::contacts::store::SkipReason;
use dialer_domain::ids::ImportRowId;
use dialer_domain::imports::{
    Batch, ContactField, ImportJob, ImportStatus, LeftOut, ListedPerson, Mapping, Place, Progress,
};
use dialer_domain::{Campaign, ContactId, ImportId, PhoneNumber};

use super::{T0, id};

/// An import into a campaign that waits for its turn since [`T0`].
#[must_use]
pub fn import(campaign: &Campaign) -> ImportJob {
    ImportJob {
        id: id(ImportId::new),
        user_id: campaign.user_id,
        campaign_id: campaign.id,
        status: ImportStatus::Queued,
        file_name: Some("spring.csv".to_owned()),
        delimiter: ';',
        mapping: Mapping::from([(ContactField::PhoneNumber, "Telefon".to_owned())]),
        total_bytes: 1_000,
        progress: Progress { place: place(0), ..Progress::default() },
        removed: 0,
        kept: 0,
        error: None,
        created_at: T0,
        started_at: None,
        finished_at: None,
        updated_at: T0,
    }
}

/// The place before row `row`, of a list whose rows are 10 bytes and one line long.
#[must_use]
pub const fn place(row: u64) -> Place {
    Place { bytes: row * 10, lines: row }
}

/// A row with this number on this line.
#[must_use]
pub fn listed(line: u64, number: PhoneNumber) -> ListedPerson {
    ListedPerson { id: id(ContactId::new), line, person: Person::with_number(number) }
}

/// A row that cannot be a contact, on this line.
#[must_use]
pub fn left_out(line: u64, reason: SkipReason) -> LeftOut {
    LeftOut {
        id: id(ImportRowId::new),
        line,
        phone_number: "ring me".to_owned(),
        reason,
        message: reason.message().to_owned(),
    }
}

/// The rows after `from` of them.
#[must_use]
pub fn batch(from: u64, contacts: Vec<ListedPerson>, left_out: Vec<LeftOut>) -> Batch {
    let rows = u64::try_from(contacts.len() + left_out.len()).unwrap_or(u64::MAX);
    Batch { from: place(from), to: place(from + rows), rows, contacts, left_out }
}
