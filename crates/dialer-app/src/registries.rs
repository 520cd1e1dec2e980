//! National do-not-call lists: read in by batches, and looked up.

use dialer_domain::identity::{Principal, Scope};
use dialer_domain::ids::{RegistryCopyId, UserId};
use dialer_domain::phone::PhoneNumber;
use dialer_domain::registries::store::{CopyFilter, Listing};
use dialer_domain::registries::{CopyError, CopyStatus, LineError, Listed, NewCopy, Registry, RegistryCopy, verdict};
use dialer_domain::store::{Page, PageRequest, StoreError};

use crate::error::{FieldError, UseCaseError, chain};
use crate::ports::Ports;

/// Numbers that are removed in one transaction.
const CLEARED_AT_ONCE: u32 = 10_000;

/// What is done with copies of registers. Who does it is `None` where it is done on the machine itself, which may do all of
/// it.
#[derive(Clone)]
pub struct Registries {
    ports: Ports,
}

/// A line of a register's file as it was read; `None` holds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLine {
    /// Its number in the file, from 1.
    pub line: u64,
    /// What it holds.
    pub content: Result<Listed, LineError>,
}

/// A line that could not be read, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenLine {
    /// Its number in the file, from 1.
    pub line: u64,
    /// Why.
    pub error: LineError,
}

/// A copy that came into force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedCopy {
    /// The copy.
    pub copy: RegistryCopy,
    /// The first of its broken lines, at most [`CopyImport::TOLD`].
    pub broken_lines: Vec<BrokenLine>,
}

/// A copy that is being read in. Whoever drops it half-way leaves a copy that never comes into force.
pub struct CopyImport {
    ports: Ports,
    copy: RegistryCopy,
    most_broken: u8,
    good: u64,
    broken_lines: Vec<BrokenLine>,
}

impl Registries {
    /// On these ports.
    #[must_use]
    pub const fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Begins to read a copy in, of which `most_broken` percent of the lines may be broken.
    ///
    /// # Errors
    /// [`UseCaseError::Invalid`] names every field that is wrong.
    pub async fn begin(
        &self,
        who: Option<Principal>,
        new: NewCopy,
        most_broken: u8,
    ) -> Result<CopyImport, UseCaseError> {
        let standing = self.standing(new.user_id, &new.registry).await?;
        let id = RegistryCopyId::generate(self.ports.ids.as_ref());
        let in_force = standing.map(|copy| copy.copied_on);
        let copy = RegistryCopy::begin(id, who, new, in_force, self.ports.clock.now())?;
        self.ports.stores.registries.begin_copy(&copy).await?;
        Ok(CopyImport { ports: self.ports.clone(), copy, most_broken, good: 0, broken_lines: Vec::new() })
    }

    /// The active copy of a register and an owner.
    async fn standing(&self, owner: Option<UserId>, registry: &Registry) -> Result<Option<RegistryCopy>, UseCaseError> {
        let filter = CopyFilter { registry: Some(registry.clone()), status: Some(CopyStatus::Active) };
        let scope = owner.map_or(Scope::Service, Scope::User);
        let mut page = PageRequest::default();
        loop {
            let found = self.ports.stores.registries.copies(scope, filter.clone(), page).await?;
            let read = page.offset() + u64::from(page.limit());
            if let Some(copy) = found.items.into_iter().find(|copy| copy.user_id == owner) {
                return Ok(Some(copy));
            }
            if read >= found.total {
                return Ok(None);
            }
            page = PageRequest::new(page.limit(), read).unwrap_or_default();
        }
    }

    /// The copies that bind who asks, one of each register.
    pub async fn in_force(&self, who: Principal, page: PageRequest) -> Result<Page<RegistryCopy>, UseCaseError> {
        let copies = self.ports.stores.registries.copies_in_force(who.user).await?;
        let total = u64::try_from(copies.len()).unwrap_or(u64::MAX);
        let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let items = copies.into_iter().skip(skip).take(page.limit().into()).collect();
        Ok(Page { items, total })
    }

    /// Copies of a register, the one that began last first.
    pub async fn copies(
        &self,
        who: Principal,
        registry: Registry,
        page: PageRequest,
    ) -> Result<Page<RegistryCopy>, UseCaseError> {
        let filter = CopyFilter { registry: Some(registry), status: None };
        Ok(self.ports.stores.registries.copies(who.scope(), filter, page).await?)
    }

    /// What the copy in force of a register says of a number.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] when no copy of it is in force: nothing is known then.
    pub async fn look_up(
        &self,
        who: Principal,
        registry: &Registry,
        number: PhoneNumber,
    ) -> Result<Listing, UseCaseError> {
        let listings = self.ports.stores.registries.listings(who.user, vec![number]).await?;
        let found = listings.into_iter().flatten().find(|listing| listing.copy.registry == *registry);
        found.ok_or(UseCaseError::NotFound("copy of this register"))
    }

    /// Removes the numbers that no copy needs which is in force or may come to be. What is left when this breaks off is removed
    /// the next time.
    pub async fn clear(&self) {
        loop {
            match self.ports.stores.registries.clear_numbers(CLEARED_AT_ONCE, self.ports.clock.now()).await {
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(
                        error = chain(&error),
                        "numbers of old copies of a register could not be removed yet"
                    );
                    return;
                }
            }
        }
    }
}

impl CopyImport {
    /// Lines that are handed over at once, at most.
    pub const BATCH: usize = 10_000;
    /// Broken lines that are named.
    pub const TOLD: usize = 100;

    /// Stores the numbers of lines, and counts the broken ones.
    ///
    /// # Errors
    /// [`UseCaseError::Conflict`] when another copy of the register has begun meanwhile.
    pub async fn take(&mut self, lines: Vec<ReadLine>) -> Result<(), UseCaseError> {
        let mut numbers = Vec::with_capacity(lines.len());
        for ReadLine { line, content } in lines {
            match content {
                Ok(listed) => numbers.push(listed),
                Err(error) => {
                    self.copy.broken += 1;
                    if self.broken_lines.len() < Self::TOLD {
                        self.broken_lines.push(BrokenLine { line, error });
                    }
                }
            }
        }
        self.good += u64::try_from(numbers.len()).unwrap_or(u64::MAX);
        if !numbers.is_empty() {
            let loaded = self.ports.stores.registries.load_numbers(self.copy.id, numbers).await;
            self.copy.numbers += loaded.map_err(overtaken)?;
        }
        Ok(())
    }

    /// Different numbers, and broken lines, so far.
    #[must_use]
    pub const fn counts(&self) -> (u64, u64) {
        (self.copy.numbers, self.copy.broken)
    }

    /// Puts the copy into force, when what was read of it will do. `file_hash` is the file's SHA-256 in hexadecimal. The numbers
    /// of the copy before are left to [`Registries::clear`].
    ///
    /// # Errors
    /// [`UseCaseError::Invalid`] says why it does not come into force, and names the first broken lines; the copy before
    /// stays in force.
    pub async fn finish(mut self, file_hash: String) -> Result<ImportedCopy, UseCaseError> {
        self.copy.file_hash = Some(file_hash);
        if let Err(refused) = verdict(self.good, self.copy.broken, self.most_broken) {
            let message = format!("{refused}; the copy before stays in force");
            let mut errors = vec![FieldError::new("body", refused.code(), message)];
            errors.extend(self.broken_lines.iter().map(|broken| {
                FieldError::new(format!("line {}", broken.line), broken.error.code(), broken.error.to_string())
            }));
            self.give_up().await?;
            return Err(UseCaseError::Invalid(errors));
        }
        let now = self.ports.clock.now();
        let copy = self.ports.stores.registries.activate_copy(&self.copy, now).await.map_err(overtaken)?;
        Ok(ImportedCopy { copy, broken_lines: self.broken_lines })
    }

    /// Gives the copy up: the one before stays in force. Its numbers are left to [`Registries::clear`].
    pub async fn give_up(&self) -> Result<(), UseCaseError> {
        self.ports.stores.registries.fail_copy(&self.copy, self.ports.clock.now()).await?;
        Ok(())
    }
}

fn overtaken(error: StoreError) -> UseCaseError {
    match error {
        StoreError::Stale { .. } => {
            let message = "another copy of this register began to be read in meanwhile; this one was given up";
            UseCaseError::Conflict(message.to_owned())
        }
        error => error.into(),
    }
}

impl From<Vec<CopyError>> for UseCaseError {
    fn from(errors: Vec<CopyError>) -> Self {
        Self::Invalid(errors.into_iter().map(|error| FieldError::new(error.field, error.code, error.message)).collect())
    }
}
