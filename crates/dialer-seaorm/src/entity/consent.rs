//! `consents`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::mapping::instant::Instant;

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "consents")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) phone_number: String,
    pub(crate) contact_id: Option<Uuid>,
    pub(crate) act: String,
    pub(crate) form: String,
    pub(crate) purpose: Option<String>,
    pub(crate) channel: String,
    pub(crate) text_shown: Option<String>,
    pub(crate) evidence: Option<String>,
    pub(crate) happened_at: Instant,
    pub(crate) expires_at: Option<Instant>,
    pub(crate) created_by: Option<Uuid>,
    pub(crate) created_at: Instant,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
