//! `call_logs`.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::cells::{Cells, FromCells, every_column};
use crate::mapping::instant::Instant;

#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel)]
#[sea_orm(table_name = "call_logs")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    /// The provider's id.
    pub(crate) call_id: Option<String>,
    pub(crate) direction: String,
    pub(crate) from_number: Option<String>,
    pub(crate) to_number: String,
    pub(crate) status: String,
    pub(crate) duration: i64,
    pub(crate) recording_url: Option<String>,
    pub(crate) notes: Option<String>,
    pub(crate) lead_id: Option<String>,
    pub(crate) campaign_id: Option<Uuid>,
    pub(crate) contact_id: Option<Uuid>,
    pub(crate) agent: Option<String>,
    /// The user who handles it.
    pub(crate) agent_id: Option<Uuid>,
    pub(crate) attempt: Option<i64>,
    pub(crate) is_callback: bool,
    /// The last disposition recorded.
    pub(crate) disposition: Option<String>,
    pub(crate) metadata: Json,
    pub(crate) started_at: Instant,
    pub(crate) answered_at: Option<Instant>,
    /// Placed ahead of agents.
    pub(crate) ahead: bool,
    pub(crate) connected_at: Option<Instant>,
    pub(crate) abandoned_at: Option<Instant>,
    pub(crate) ended_at: Option<Instant>,
    pub(crate) gone_at: Option<Instant>,
    /// Ended by a client's word alone.
    pub(crate) unconfirmed: bool,
    pub(crate) outcome: Option<String>,
    pub(crate) evidence: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) cause_code: Option<String>,
    /// When a person took it out of the lists.
    pub(crate) hidden_at: Option<Instant>,
    /// Counts this program's writes of the row, from 1.
    pub(crate) row_version: i64,
    pub(crate) created_at: Instant,
    pub(crate) updated_at: Instant,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl FromCells for Model {
    fn columns(of: &str) -> String {
        every_column::<Entity>(of)
    }

    fn read(cells: &mut Cells<'_>) -> Result<Option<Self>, DbErr> {
        let Some(id) = cells.uuid_opt()? else { return Ok(None) };
        Ok(Some(Self {
            id,
            user_id: cells.next()?,
            call_id: cells.next()?,
            direction: cells.text()?,
            from_number: cells.next()?,
            to_number: cells.text()?,
            status: cells.text()?,
            duration: cells.next()?,
            recording_url: cells.next()?,
            notes: cells.next()?,
            lead_id: cells.next()?,
            campaign_id: cells.next()?,
            contact_id: cells.next()?,
            agent: cells.next()?,
            agent_id: cells.next()?,
            attempt: cells.next()?,
            is_callback: cells.next()?,
            disposition: cells.next()?,
            metadata: cells.json()?,
            started_at: cells.instant()?,
            answered_at: cells.instant_opt()?,
            ahead: cells.next()?,
            connected_at: cells.instant_opt()?,
            abandoned_at: cells.instant_opt()?,
            ended_at: cells.instant_opt()?,
            gone_at: cells.instant_opt()?,
            unconfirmed: cells.next()?,
            outcome: cells.next()?,
            evidence: cells.next()?,
            cause: cells.next()?,
            cause_code: cells.next()?,
            hidden_at: cells.instant_opt()?,
            row_version: cells.next()?,
            created_at: cells.instant()?,
            updated_at: cells.instant()?,
        }))
    }
}
