//! `import_jobs`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::mapping::instant::Instant;

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "import_jobs")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) campaign_id: Uuid,
    pub(crate) status: String,
    pub(crate) file_name: Option<String>,
    pub(crate) delimiter: String,
    pub(crate) mapping: Json,
    pub(crate) total_bytes: i64,
    pub(crate) read_bytes: i64,
    pub(crate) read_lines: i64,
    pub(crate) read_rows: i64,
    pub(crate) added: i64,
    pub(crate) skipped: i64,
    pub(crate) reasons: Json,
    pub(crate) removed: i64,
    pub(crate) kept: i64,
    pub(crate) error: Option<String>,
    pub(crate) row_version: i64,
    pub(crate) created_at: Instant,
    pub(crate) started_at: Option<Instant>,
    pub(crate) finished_at: Option<Instant>,
    pub(crate) updated_at: Instant,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
