//! Who serves campaigns.

use std::collections::{BTreeMap, BTreeSet};

use dialer_domain::agents::store::{Colleague, Crew, ReadyAgent};
use dialer_domain::agents::{Agent, AgentState};
use dialer_domain::{CampaignId, StoreError, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::{DbErr, QueryResult};

use crate::Database;
use crate::entity::agent;
use crate::errors::{AGENT, ASSIGNMENT};
use crate::sql::Sql;

impl Database {
    /// Reads all agents and all assignments: as many rows as there are people at work, and a few more.
    pub(super) async fn load_crew(&self) -> Result<Crew, StoreError> {
        let mut campaigns: BTreeMap<UserId, Vec<CampaignId>> = BTreeMap::new();
        let mut staffed = BTreeSet::new();
        for (campaign, user) in self.assignments().await? {
            staffed.insert(campaign);
            campaigns.entry(user).or_default().push(campaign);
        }
        let agents = Sql::new(self.backend(), "SELECT r.* FROM agents AS r ORDER BY r.id");
        let rows: Vec<agent::Model> = agents.all_as(self.connection()).await.map_err(|error| AGENT.error(error))?;
        let mut crew = Crew { staffed: staffed.into_iter().collect(), ..Crew::default() };
        for row in rows {
            let agent = Agent::try_from(row)?;
            let works_on = campaigns.remove(&agent.user_id).unwrap_or_default();
            crew.all.push(Colleague {
                user_id: agent.user_id,
                line: agent.line.clone(),
                state: agent.presence.state(),
                campaigns: works_on.clone(),
            });
            if let Some(offer) = agent.presence.doing.offer() {
                crew.reserved.push((agent.user_id, offer.clone()));
            }
            if agent.presence.state() == AgentState::Ready {
                crew.ready.push(ReadyAgent {
                    user_id: agent.user_id,
                    line: agent.line,
                    since: agent.presence.since,
                    campaigns: works_on,
                });
            }
        }
        crew.ready.sort_by_key(|agent| (agent.since, agent.user_id));
        Ok(crew)
    }

    /// Who is assigned to what, in the order in which it was said.
    async fn assignments(&self) -> Result<Vec<(CampaignId, UserId)>, StoreError> {
        let sql = "SELECT a.campaign_id, a.user_id FROM campaign_agents AS a ORDER BY a.created_at, a.id";
        let rows = Sql::new(self.backend(), sql).all(self.connection()).await;
        let read = |row: &QueryResult| -> Result<_, DbErr> {
            let (campaign, user): (Uuid, Uuid) = (row.try_get("", "campaign_id")?, row.try_get("", "user_id")?);
            Ok((CampaignId::new(campaign), UserId::new(user)))
        };
        rows.and_then(|rows| rows.iter().map(read).collect()).map_err(|error| ASSIGNMENT.error(error))
    }
}
