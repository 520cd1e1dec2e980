//! The law, and a tenant's own policy, as dated data.

mod ban;
mod purpose;

pub use ban::Ban;
pub use purpose::Purpose;
