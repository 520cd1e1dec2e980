//! Contact lists: reading what people wrote, and storing what can be called.

use std::collections::HashSet;

use dialer_domain::contacts::store::{ContactChangeError, Removal, SkipReason};
use dialer_domain::contacts::{Contact, ContactPatch, ContactPatchError, ContactStatus, Person};
use dialer_domain::identity::Principal;
use dialer_domain::ids::{CampaignId, ContactId};
use dialer_domain::phone::{PhoneNumber, PhoneNumberError, Region};
use dialer_domain::store::{Page, PageRequest, StoreError};
use dialer_domain::stores::Stores;
use serde_json::{Map, Value};

use crate::campaigns::own_campaign;
use crate::engine::EngineHandle;
use crate::error::UseCaseError;
use crate::ports::Ports;

/// A contact as somebody wrote it.
#[derive(Clone, Default, PartialEq)]
pub struct ContactInput {
    /// The number, in any common spelling.
    pub phone_number: String,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Anything else.
    pub metadata: Map<String, Value>,
}

/// A contact that was left out, and why.
#[derive(Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its index in what was given, from 0.
    pub index: usize,
    /// The number as given, cut at 40 characters.
    pub phone_number: String,
    /// Why, as a code.
    pub reason: SkipReason,
    /// Why, in words.
    pub message: String,
}

/// What became of a list.
#[derive(Clone, Default, PartialEq)]
pub struct AddedContacts {
    /// The contacts stored, in the order given.
    pub added: Vec<Contact>,
    /// Those left out, in the order given.
    pub skipped: Vec<Skipped>,
}

/// What owners do with contact lists.
#[derive(Clone)]
pub struct Contacts {
    ports: Ports,
    engine: EngineHandle,
    default_region: Option<Region>,
}

impl Contacts {
    /// Most contacts in one call of [`Self::add`].
    pub const MAX_BATCH: usize = 10_000;

    /// On these ports. Numbers without a country code are read as written inside `default_region`.
    #[must_use]
    pub const fn new(ports: Ports, engine: EngineHandle, default_region: Option<Region>) -> Self {
        Self { ports, engine, default_region }
    }

    /// The same on other stores, such as those of a unit of work.
    #[must_use]
    pub fn on(&self, stores: Stores) -> Self {
        Self { ports: Ports { stores, ..self.ports.clone() }, ..self.clone() }
    }

    /// Adds contacts to a campaign. Rows that cannot be used are reported, the rest is stored.
    pub async fn add(
        &self,
        who: Principal,
        campaign: CampaignId,
        inputs: Vec<ContactInput>,
    ) -> Result<AddedContacts, UseCaseError> {
        let now = self.ports.clock.now();
        let mut skipped = Vec::new();
        let mut seen = HashSet::new();
        let mut fresh = Vec::with_capacity(inputs.len());
        let mut places = Vec::with_capacity(inputs.len());
        for (index, input) in inputs.into_iter().enumerate() {
            let given: String = input.phone_number.chars().take(40).collect();
            match read_person(input, self.default_region) {
                Ok(person) if seen.insert(person.phone_number.clone()) => {
                    let id = ContactId::generate(self.ports.ids.as_ref());
                    fresh.push(Contact::fresh(id, campaign, person, now));
                    places.push((index, given));
                }
                Ok(_) => skipped.push(skip(index, given, SkipReason::DuplicateInFile)),
                Err((reason, message)) => skipped.push(Skipped { index, phone_number: given, reason, message }),
            }
        }
        let outcome = match self.ports.stores.contacts.import(who.scope(), campaign, fresh).await {
            Ok(outcome) => outcome,
            Err(StoreError::MissingReference { .. }) => return Err(UseCaseError::NotFound("campaign")),
            Err(error) => return Err(error.into()),
        };
        for (place, reason) in outcome.skipped {
            if let Some((index, given)) = places.get(place) {
                skipped.push(skip(*index, given.clone(), reason));
            }
        }
        skipped.sort_by_key(|row| row.index);
        if !outcome.added.is_empty() {
            self.engine.wake();
        }
        Ok(AddedContacts { added: outcome.added, skipped })
    }

    /// Contacts of an own campaign, in the order they were added.
    pub async fn list(
        &self,
        who: Principal,
        campaign: CampaignId,
        status: Option<ContactStatus>,
        page: PageRequest,
    ) -> Result<Page<Contact>, UseCaseError> {
        own_campaign(&self.ports, who, campaign).await?;
        Ok(self.ports.stores.contacts.list(who.scope(), campaign, status, page).await?)
    }

    /// One contact of an own campaign, or one reserved for the caller in a campaign to which they are assigned.
    pub async fn get(&self, who: Principal, id: ContactId) -> Result<Contact, UseCaseError> {
        self.ports.stores.contacts.get(who.scope(), id).await?.ok_or(UseCaseError::NotFound("contact"))
    }

    /// Changes a contact.
    ///
    /// # Errors
    /// [`UseCaseError::Changed`] when it is not what the change was meant for; [`UseCaseError::Conflict`] when a live call needs the contact as it is or the campaign has the new number already.
    pub async fn change(&self, who: Principal, id: ContactId, patch: ContactPatch) -> Result<Contact, UseCaseError> {
        match self.ports.stores.contacts.patch(who.scope(), id, patch, self.ports.clock.now()).await {
            Ok(Some(contact)) => {
                self.engine.wake();
                Ok(contact)
            }
            Ok(None) => Err(UseCaseError::NotFound("contact")),
            Err(ContactChangeError::Refused(ContactPatchError::Changed)) => Err(UseCaseError::Changed("contact")),
            Err(ContactChangeError::Refused(refused)) => Err(UseCaseError::Conflict(refused.to_string())),
            Err(ContactChangeError::Store(StoreError::Duplicate { .. })) => {
                Err(UseCaseError::Conflict("the campaign has another contact with this number".to_owned()))
            }
            Err(ContactChangeError::Store(error)) => Err(error.into()),
        }
    }

    /// Removes a contact; its calls stay in the log.
    ///
    /// # Errors
    /// [`UseCaseError::Conflict`] while a call to the contact is under way.
    pub async fn remove(&self, who: Principal, id: ContactId) -> Result<(), UseCaseError> {
        match self.ports.stores.contacts.remove(who.scope(), id, self.ports.clock.now()).await? {
            Removal::Removed => Ok(()),
            Removal::NotThere => Err(UseCaseError::NotFound("contact")),
            Removal::Live => Err(UseCaseError::Conflict(
                "a call to this contact is under way; remove the contact when the call is over".to_owned(),
            )),
        }
    }
}

/// Reads what somebody wrote. `region` is where numbers without a country code are read.
///
/// # Errors
/// The first field that cannot be used, with a code and in words that hold no value.
pub(crate) fn read_person(input: ContactInput, region: Option<Region>) -> Result<Person, (SkipReason, String)> {
    let phone_number = PhoneNumber::parse(&input.phone_number, region).map_err(|error| {
        let reason = match error {
            PhoneNumberError::Empty => SkipReason::NoNumber,
            _ => SkipReason::InvalidNumber,
        };
        (reason, error.to_string())
    })?;
    // PostgreSQL's JSON cannot hold it.
    if !input.metadata.is_empty() && serde_json::to_string(&input.metadata).is_ok_and(|json| json.contains("\\u0000")) {
        return Err((SkipReason::InvalidField, "metadata holds a character that cannot be stored".to_owned()));
    }
    Ok(Person {
        phone_number,
        first_name: read_text("first_name", input.first_name)?,
        last_name: read_text("last_name", input.last_name)?,
        email: read_text("email", input.email)?,
        company: read_text("company", input.company)?,
        metadata: input.metadata,
    })
}

fn read_text(field: &str, value: Option<String>) -> Result<Option<String>, (SkipReason, String)> {
    let Some(value) = value else { return Ok(None) };
    let value = if value.trim().len() == value.len() { value } else { value.trim().to_owned() };
    // A character has a byte at least.
    if value.len() > Person::MAX_TEXT && value.chars().count() > Person::MAX_TEXT {
        return Err((SkipReason::InvalidField, format!("{field} is longer than {} characters", Person::MAX_TEXT)));
    }
    if value.contains('\0') {
        return Err((SkipReason::InvalidField, format!("{field} holds a character that cannot be stored")));
    }
    Ok(Some(value).filter(|value| !value.is_empty()))
}

fn skip(index: usize, phone_number: String, reason: SkipReason) -> Skipped {
    Skipped { index, phone_number, reason, message: reason.message().to_owned() }
}
