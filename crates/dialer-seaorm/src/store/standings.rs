//! Counts of contacts by what stands in the way of a call: `eligibility::decide`, said in SQL. A case of the suite holds
//! the two against each other.

use async_trait::async_trait;
use dialer_domain::explain::{Standing, StandingReader};
use dialer_domain::{CampaignId, OffsetDateTime, Scope, StoreError};
use sea_orm::{DbErr, QueryResult};

use crate::Database;
use crate::errors::CONTACT;
use crate::mapping::instant::Instant;
use crate::sql::Sql;

/// One row for each answer that some contacts have; one that counts nobody for a campaign without contacts.
/// Parameters: campaign, now. The two lists are made once, not once a contact;
/// that of live calls is of all campaigns, which are few and have an index of their own.
const STANDING: &str = "
    SELECT CASE
            WHEN k.id IS NULL THEN 'campaign'
            WHEN k.status = 'calling' OR k.id IN (
                SELECT l.contact_id FROM call_logs AS l
                WHERE (l.ended_at IS NULL OR l.unconfirmed) AND l.contact_id IS NOT NULL) THEN 'attempt_live'
            WHEN k.phone_number IN (
                SELECT s.phone_number FROM suppressions AS s
                WHERE s.user_id = (SELECT o.user_id FROM dialer_campaigns AS o WHERE o.id = $1)
                AND s.campaign_id IS NULL) THEN 'dnc_internal'
            WHEN k.status = 'do-not-call' OR k.phone_number IN (
                SELECT s.phone_number FROM suppressions AS s WHERE s.campaign_id = $1) THEN 'dnc_campaign'
            WHEN k.status = 'completed' OR k.closed_reason IS NOT NULL THEN 'contact_closed'
            WHEN k.attempts >= c.max_attempts AND k.status <> 'callback' THEN 'cap_lifetime'
            WHEN k.next_attempt_at > $2 THEN 'cooling_off'
            ELSE 'due'
        END AS answer, count(*) AS contacts, min(k.next_attempt_at) AS first_due,
        (SELECT count(*) FROM dialer_queues AS q WHERE q.campaign_id = $1 AND q.status = 'queued') AS waiting
    FROM dialer_campaigns AS c LEFT JOIN campaign_contacts AS k ON k.campaign_id = c.id
    WHERE c.id = $1";

#[async_trait]
impl StandingReader for Database {
    #[tracing::instrument(name = "db.standings.standing", skip_all, fields(campaign.id = %campaign))]
    async fn standing(
        &self,
        scope: Scope,
        campaign: CampaignId,
        now: OffsetDateTime,
    ) -> Result<Option<Standing>, StoreError> {
        let mut sql = Sql::new(self.backend(), STANDING).bind(campaign.as_uuid()).bind(Instant::from(now));
        sql.push_scope("c.user_id", scope);
        sql.push(" GROUP BY 1");
        let rows = sql.all(self.within(scope).connection()).await.map_err(|error| CONTACT.error(error))?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut standing = Standing::default();
        for row in &rows {
            add(&mut standing, row).map_err(|error| CONTACT.error(error))?;
        }
        Ok(Some(standing))
    }
}

fn add(standing: &mut Standing, row: &QueryResult) -> Result<(), DbErr> {
    let answer: String = row.try_get("", "answer")?;
    let contacts = u64::try_from(row.try_get::<i64>("", "contacts")?).unwrap_or(0);
    standing.waiting = u64::try_from(row.try_get::<i64>("", "waiting")?).unwrap_or(0);
    *match answer.as_str() {
        "attempt_live" => &mut standing.attempt_live,
        "dnc_internal" => &mut standing.dnc_internal,
        "dnc_campaign" => &mut standing.dnc_campaign,
        "contact_closed" => &mut standing.contact_closed,
        "cap_lifetime" => &mut standing.cap_lifetime,
        "cooling_off" => {
            standing.next_due = row.try_get::<Option<Instant>>("", "first_due")?.map(Instant::get);
            &mut standing.cooling_off
        }
        "due" => &mut standing.due,
        // The row of a campaign without contacts.
        _ => return Ok(()),
    } = contacts;
    Ok(())
}
