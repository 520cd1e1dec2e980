//! The account's address book.

use std::fmt;

use dialer_domain::telephony::TelephonyError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::telephony::{Collection, VoipStudio, read_all};
use crate::wire;

/// Somebody in the account's address book. `Debug` shows nothing but the id.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    /// The provider's id of it.
    pub id: String,
    /// What is written there.
    pub details: ContactDetails,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What is written about a contact. In a change, what is `None` stays as it is. Numbers are E.164 digits. `Debug`
/// shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactDetails {
    /// Given name.
    #[serde(deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name.
    #[serde(deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail address.
    #[serde(deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Company.
    #[serde(deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// First fixed line.
    #[serde(deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub tel: Option<String>,
    /// Second fixed line.
    #[serde(deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub tel_1: Option<String>,
    /// Third fixed line.
    #[serde(deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub tel_2: Option<String>,
    /// First mobile.
    #[serde(deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// Second mobile.
    #[serde(deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub mobile_1: Option<String>,
    /// Third mobile.
    #[serde(deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub mobile_2: Option<String>,
    /// Free text.
    #[serde(deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

impl fmt::Debug for ContactDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactDetails").finish_non_exhaustive()
    }
}

impl VoipStudio {
    /// Everybody in the address book.
    ///
    /// # Errors
    /// As every reading of [`Telephony`](dialer_domain::telephony::Telephony).
    pub async fn contacts(&self) -> Result<Vec<Contact>, TelephonyError> {
        Ok(read_all(&self.client, Collection::Contacts).await?.readable("contacts", |row: Value| contact(&row)))
    }

    /// One contact; `None` when there is none of that id.
    ///
    /// # Errors
    /// As [`Self::contacts`].
    pub async fn contact(&self, id: &str) -> Result<Option<Contact>, TelephonyError> {
        if !wire::is_id(id) {
            return Ok(None);
        }
        Ok(self.client.contact(id).await?.as_ref().and_then(contact))
    }

    /// Writes somebody into the address book and returns the new id.
    ///
    /// # Errors
    /// [`TelephonyError::Refused`] when the provider does not take it as it is;
    /// [`TelephonyError::OutcomeUnknown`] when its answer was lost: the contact may be there.
    pub async fn create_contact(&self, details: &ContactDetails) -> Result<String, TelephonyError> {
        self.client.create_contact(details).await
    }

    /// Changes a contact; `false` when there is none of that id.
    ///
    /// # Errors
    /// As [`Self::create_contact`].
    pub async fn update_contact(&self, id: &str, details: &ContactDetails) -> Result<bool, TelephonyError> {
        Ok(wire::is_id(id) && self.client.update_contact(id, details).await?)
    }

    /// Takes a contact out of the address book; `false` when there is none of that id.
    ///
    /// # Errors
    /// As [`Self::create_contact`].
    pub async fn delete_contact(&self, id: &str) -> Result<bool, TelephonyError> {
        Ok(wire::is_id(id) && self.client.delete_contact(id).await?)
    }
}

fn contact(row: &Value) -> Option<Contact> {
    let id = wire::read::<wire::Identified>(row)?.id?;
    Some(Contact { id, details: wire::read(row)? })
}
