//! Audio as bodies: taken in as it comes, and played from any place on. Shared by recordings and voicemail drops.

pub(super) mod play;
pub(super) mod take;
mod wire;

pub(super) use play::play;
pub(super) use take::Sent;
pub(super) use wire::{AudioForm, Binary, Seconds};
