//! `agents`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::mapping::instant::Instant;

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "agents")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) display_name: String,
    pub(crate) line: String,
    pub(crate) wrap_up_seconds: i64,
    pub(crate) state: String,
    pub(crate) since: Instant,
    /// When an offer or a wrap-up is over.
    pub(crate) until: Option<Instant>,
    pub(crate) pause_code: Option<String>,
    pub(crate) then_state: String,
    pub(crate) then_pause_code: Option<String>,
    /// The call that the agent is on, or writes up.
    pub(crate) call_id: Option<Uuid>,
    /// The campaign of the offer.
    pub(crate) campaign_id: Option<Uuid>,
    /// The contact of the offer.
    pub(crate) contact_id: Option<Uuid>,
    /// The queue entry of the offer.
    pub(crate) entry_id: Option<Uuid>,
    pub(crate) seen_at: Instant,
    /// Counts this program's writes of the row, from 1.
    pub(crate) row_version: i64,
    pub(crate) created_at: Instant,
    pub(crate) updated_at: Instant,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
