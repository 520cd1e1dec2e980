//! `refusal_counts`. The key is all of campaign, hour, code and rule; rows are never looked up by it here.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::mapping::instant::Instant;

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "refusal_counts")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) campaign_id: Uuid,
    pub(crate) hour: Instant,
    pub(crate) code: String,
    /// Empty where no rule refused.
    pub(crate) rule_id: String,
    pub(crate) rule_version: String,
    pub(crate) user_id: Uuid,
    pub(crate) count: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
