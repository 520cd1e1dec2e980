//! Emergency bans.

use dialer_domain::bans::OrderedBan;
use dialer_domain::ids::BanId;
use dialer_domain::rules::Ban;
use dialer_domain::{StoreError, UserId};

use super::{Row, text_opt};
use crate::entity::ban::Model;
use crate::errors::BAN;
use crate::mapping::instant::Instant;

impl From<&OrderedBan> for Model {
    fn from(row: &OrderedBan) -> Self {
        let ban = &row.ban;
        Self {
            id: ban.id.as_uuid(),
            user_id: ban.user_id.map(UserId::as_uuid),
            jurisdiction: ban.jurisdiction.to_string(),
            starts_at: ban.starts_at.into(),
            ends_at: ban.ends_at.into(),
            reason: text_opt(ban.reason.as_deref()),
            ended_at: row.ended_at.map(Instant::from),
            ended_by: row.ended_by.map(UserId::as_uuid),
            created_by: ban.created_by.map(UserId::as_uuid),
            created_at: ban.created_at.into(),
        }
    }
}

impl TryFrom<Model> for OrderedBan {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(BAN.table, &model.id);
        let ban = Ban {
            id: BanId::new(model.id),
            user_id: model.user_id.map(UserId::new),
            jurisdiction: row.parse(&model.jurisdiction)?,
            starts_at: model.starts_at.get(),
            ends_at: model.ends_at.get(),
            reason: model.reason,
            created_by: model.created_by.map(UserId::new),
            created_at: model.created_at.get(),
        };
        Ok(Self { ban, ended_at: model.ended_at.map(Instant::get), ended_by: model.ended_by.map(UserId::new) })
    }
}
