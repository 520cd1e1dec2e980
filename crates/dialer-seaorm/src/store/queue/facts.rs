//! What a claim is decided from: the contact, and whether its number is suppressed or its phone ringing already.

use dialer_domain::eligibility::Facts;
use dialer_domain::rules::{Circumstances, Dossier, RuleBook};
use dialer_domain::{Campaign, CampaignId, Contact, ContactId, ContactStatus, OffsetDateTime, StoreError, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::{DbBackend, DbErr, FromQueryResult, QueryResult};
use serde_json::json;

use crate::Database;
use crate::entity::contact::Model;
use crate::errors::CONTACT;
use crate::sql::{Sql, ids_of, position};
use crate::tx::DatabaseTransaction;

/// A contact that may be about to be called.
pub(in crate::store) struct Candidate {
    /// The contact as stored.
    pub(in crate::store) row: Model,
    /// The contact as the decision sees it.
    pub(in crate::store) contact: Contact,
    /// Whether the campaign's owner has suppressed the number in all campaigns.
    pub(in crate::store) suppressed: bool,
    /// Its waiting entry.
    pub(in crate::store) entry: Option<Uuid>,
    /// What rules ask about the contact.
    pub(in crate::store) dossier: Dossier,
}

/// Facts about contact `k` of a campaign of `$2`. Looked up one by one: of `EXISTS` a planner that takes the log for short makes a
/// scan of all calls, and keeps that plan while the log grows.
const FACTS: &str = "
    (SELECT 1 FROM suppressions AS s WHERE s.user_id = $2 AND s.phone_number = k.phone_number
     AND s.campaign_id IS NULL LIMIT 1) IS NOT NULL AS suppressed,
    (SELECT 1 FROM suppressions AS s WHERE s.campaign_id = k.campaign_id AND s.phone_number = k.phone_number LIMIT 1)
        IS NOT NULL AS suppressed_here,
    (SELECT 1 FROM call_logs AS l WHERE l.contact_id = k.id AND (l.ended_at IS NULL OR l.unconfirmed) LIMIT 1)
        IS NOT NULL AS live";

/// The contacts at the head of the horizon whom one of some agents, or a phone without a profile, may be given, as
/// [`may_take`](dialer_domain::agents::offers::may_take) says. Parameters: campaign, its owner, how many, the agents' users.
pub(super) fn head_sql(backend: DbBackend) -> String {
    let agents = ids_of(backend, 4);
    format!(
        "SELECT k.*, q.id AS entry_id, {FACTS}
         FROM dialer_queues AS q JOIN campaign_contacts AS k ON k.id = q.contact_id
         WHERE q.campaign_id = $1 AND q.status = 'queued' AND (k.reserved_for IS NULL OR k.reserved_for IN {agents})
         AND (k.callback_for IS NULL OR k.status <> 'callback'
              OR (k.callback_for IN {agents} AND coalesce(k.reserved_for, k.callback_for) = k.callback_for))
         ORDER BY q.priority DESC, q.scheduled_at, q.id LIMIT $3"
    )
}

/// Contacts as [`Candidate::read`] reads them, with their campaign (`c`) and its owner (`owner_id`): to be narrowed down.
pub(in crate::store) fn asked_sql(backend: DbBackend) -> Sql {
    let (facts, place) = (FACTS.replace("$2", "c.user_id"), position(backend));
    Sql::new(
        backend,
        format!(
            "SELECT k.*, k.{place} AS place, NULL AS entry_id, c.user_id AS owner_id, {facts}
             FROM campaign_contacts AS k JOIN dialer_campaigns AS c ON c.id = k.campaign_id"
        ),
    )
}

impl Candidate {
    pub(in crate::store) fn facts<'a>(&'a self, campaign: &'a Campaign, at: &'a Circumstances) -> Facts<'a> {
        let rules = at.facts(campaign, &self.dossier);
        Facts { campaign, contact: &self.contact, suppressed: self.suppressed, rules }
    }

    pub(in crate::store) fn read(row: &QueryResult) -> Result<Self, StoreError> {
        let read = || -> Result<_, DbErr> {
            let contact = Model::from_query_result(row, "")?;
            Ok((
                contact,
                row.try_get("", "suppressed")?,
                row.try_get::<bool>("", "suppressed_here")?,
                row.try_get::<bool>("", "live")?,
                row.try_get("", "entry_id")?,
            ))
        };
        let (row, suppressed, here, live, entry) = read().map_err(|error| CONTACT.error(error))?;
        let mut contact = Contact::try_from(row.clone())?;
        if live {
            // Whatever the contact's row says: while a call to it lives, it is being called.
            contact.status = ContactStatus::Calling;
        } else if here {
            // Somebody does not want to be called by this campaign, whatever the contact's row says.
            contact.status = ContactStatus::DoNotCall;
        }
        Ok(Self { row, contact, suppressed, entry, dossier: Dossier::default() })
    }
}

impl Database {
    /// The contacts at the head of the horizon that one of `agents`, or a phone without a profile, may be given. On
    /// `PostgreSQL` rows that somebody else is changing are passed over.
    pub(in crate::store) async fn head_of_line(
        &self,
        tx: &DatabaseTransaction,
        campaign: &Campaign,
        agents: &[UserId],
        count: usize,
        book: &RuleBook,
        now: OffsetDateTime,
    ) -> Result<Vec<Candidate>, StoreError> {
        let mut sql = Sql::new(self.backend(), head_sql(self.backend()));
        sql.push_lock(" FOR NO KEY UPDATE OF q, k SKIP LOCKED");
        let sql = sql
            .bind(campaign.id.as_uuid())
            .bind(campaign.user_id.as_uuid())
            .bind(i64::try_from(count).unwrap_or(i64::MAX))
            .bind(json!(agents));
        let rows = sql.all(tx).await.map_err(|error| CONTACT.error(error))?;
        let mut candidates = rows.iter().map(Candidate::read).collect::<Result<Vec<_>, _>>()?;
        self.look_up(tx, campaign.user_id, &mut candidates, book, now).await?;
        Ok(candidates)
    }

    /// One contact of the campaign.
    pub(in crate::store) async fn candidate(
        &self,
        tx: &DatabaseTransaction,
        campaign: &Campaign,
        contact: ContactId,
        book: &RuleBook,
        now: OffsetDateTime,
    ) -> Result<Option<Candidate>, StoreError> {
        let mut sql = Sql::new(
            self.backend(),
            format!(
                "SELECT k.*, (SELECT q.id FROM dialer_queues AS q
                              WHERE q.contact_id = k.id AND q.status = 'queued') AS entry_id, {FACTS}
                 FROM campaign_contacts AS k WHERE k.campaign_id = $1 AND k.id = $3"
            ),
        );
        sql.push_lock(" FOR NO KEY UPDATE OF k");
        let sql = sql.bind(campaign.id.as_uuid()).bind(campaign.user_id.as_uuid()).bind(contact.as_uuid());
        let row = sql.one(tx).await.map_err(|error| CONTACT.error(error))?;
        let mut candidate = row.map(|row| Candidate::read(&row)).transpose()?;
        self.look_up(tx, campaign.user_id, candidate.as_mut_slice(), book, now).await?;
        Ok(candidate)
    }

    /// The campaign that a contact belongs to.
    pub(super) async fn campaign_of(
        &self,
        tx: &DatabaseTransaction,
        contact: ContactId,
    ) -> Result<Option<CampaignId>, StoreError> {
        let sql = "SELECT campaign_id FROM campaign_contacts WHERE id = $1";
        let sql = Sql::new(self.backend(), sql).bind(contact.as_uuid());
        let read = async { sql.one(tx).await?.map(|row| row.try_get::<Uuid>("", "campaign_id")).transpose() };
        Ok(read.await.map_err(|error| CONTACT.error(error))?.map(CampaignId::new))
    }
}
