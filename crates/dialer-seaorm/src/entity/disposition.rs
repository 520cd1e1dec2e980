//! `call_dispositions`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::mapping::instant::Instant;

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "call_dispositions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) call_id: Uuid,
    /// Who recorded it.
    pub(crate) user_id: Uuid,
    pub(crate) disposition: String,
    pub(crate) notes: Option<String>,
    pub(crate) follow_up_date: Option<Instant>,
    /// The later instant, where the wall time means two.
    pub(crate) follow_up_again: Option<Instant>,
    pub(crate) follow_up_local: Option<String>,
    pub(crate) follow_up_zone: Option<String>,
    pub(crate) personal: bool,
    pub(crate) created_at: Instant,
    /// The call's owner.
    pub(crate) owner_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
