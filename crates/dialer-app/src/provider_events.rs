//! Taking in what the telephony provider sends by itself.
//!
//! An event is stored as it came and answered for; the engine reads it afterwards, however slow that is, and whichever
//! process was asked.

use dialer_domain::store::StoreError;
use dialer_domain::telephony::inbox::ReceivedEvent;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::engine::EngineHandle;
use crate::ports::Ports;

/// What was made of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It is stored, and will be read.
    Stored,
    /// It had come before.
    Known,
    /// It is no event of the provider.
    NoEvent,
}

/// Events of the provider, for whoever receives them.
pub struct ProviderEvents {
    ports: Ports,
    engine: EngineHandle,
}

impl ProviderEvents {
    /// Events stored in these ports and read by the engine of this handle.
    #[must_use]
    pub const fn new(ports: Ports, engine: EngineHandle) -> Self {
        Self { ports, engine }
    }

    /// Takes in one delivery. The same event again counts once, by the provider's id of it; one without an id by its bytes.
    ///
    /// # Errors
    /// [`StoreError`]: it is not stored, and has to be sent again.
    pub async fn receive(&self, body: &[u8]) -> Result<Delivery, StoreError> {
        let Ok(parsed) = serde_json::from_slice::<Value>(body) else { return Ok(Delivery::NoEvent) };
        let Some(event) = self.ports.telephony.read_event(&parsed) else { return Ok(Delivery::NoEvent) };
        let event_id = event
            .id
            .filter(|id| !id.is_empty() && id.chars().count() <= ReceivedEvent::MAX_ID)
            .unwrap_or_else(|| format!("sha256:{}", hex::encode(Sha256::digest(body))));
        let received = ReceivedEvent { event_id, body: without_nul(parsed), received_at: self.ports.clock.now() };
        if !self.ports.stores.inbox.receive(&received).await? {
            return Ok(Delivery::Known);
        }
        self.engine.tell();
        Ok(Delivery::Stored)
    }
}

/// No database keeps the character NUL in JSON, and nothing that we read has one.
fn without_nul(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => Value::String(text.replace('\0', "")),
        Value::Array(items) => items.into_iter().map(without_nul).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name.replace('\0', ""), without_nul(value))).collect()
        }
        other => other,
    }
}
