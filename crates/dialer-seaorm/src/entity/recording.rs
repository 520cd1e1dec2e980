//! `call_recordings`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::mapping::instant::Instant;

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "call_recordings")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) call_id: Uuid,
    pub(crate) recording_url: String,
    pub(crate) duration: i64,
    pub(crate) file_size: Option<i64>,
    pub(crate) transcription: Option<String>,
    pub(crate) sentiment: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) storage_key: Option<String>,
    pub(crate) created_at: Instant,
    /// The call's owner.
    pub(crate) owner_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
