//! API keys.

use dialer_domain::api_keys::{ApiKey, KeyHash};
use dialer_domain::{ApiKeyId, StoreError, UserId};
use serde_json::json;

use super::instant::Instant;
use super::{Row, text};
use crate::entity::api_key::Model;
use crate::errors::API_KEY;

impl From<&ApiKey> for Model {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.as_uuid(),
            user_id: key.user_id.as_uuid(),
            name: text(&key.name),
            prefix: text(&key.prefix),
            hash: key.hash.as_str().to_owned(),
            role: key.role.as_str().to_owned(),
            scopes: json!(key.scopes),
            expires_at: key.expires_at.map(Instant::from),
            last_used_at: key.last_used_at.map(Instant::from),
            revoked_at: key.revoked_at.map(Instant::from),
            created_at: key.created_at.into(),
        }
    }
}

impl TryFrom<Model> for ApiKey {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(API_KEY.table, &model.id);
        let scopes: Vec<String> = serde_json::from_value(model.scopes).map_err(|error| row.corrupt(error))?;
        Ok(Self {
            id: ApiKeyId::new(model.id),
            user_id: UserId::new(model.user_id),
            name: model.name,
            prefix: model.prefix,
            hash: KeyHash::parse(&model.hash).ok_or_else(|| row.corrupt("the hash is none"))?,
            role: row.parse(&model.role)?,
            scopes: scopes.iter().map(|scope| row.parse(scope)).collect::<Result<_, _>>()?,
            expires_at: model.expires_at.map(Instant::get),
            last_used_at: model.last_used_at.map(Instant::get),
            revoked_at: model.revoked_at.map(Instant::get),
            created_at: model.created_at.get(),
        })
    }
}
