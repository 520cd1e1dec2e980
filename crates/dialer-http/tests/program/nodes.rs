//! Three nodes on one PostgreSQL dial one list, and are killed or held up at any moment.
//!
//! `DIALER_TEST_ROUNDS` sets how often; `scripts/kill-test.sh` does it for longer.

use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::events::EventKind;
use dialer_domain::leases::{LeaseName, LeaseStore};
use dialer_domain::{CampaignId, CampaignStatus, Clock, Duration, NodeId, Scope};
use dialer_seaorm::Database;
use dialer_seaorm::testing::fresh_postgres;

use crate::dialing::{Api, Dice, books_balance, database_of, events, from_environment, place, provider, real_time};
use crate::process::{Place, Serving};

const NODES: usize = 3;
/// What happens to a node, this often.
const ROUNDS: usize = 6;
/// Calls between two of those.
const STRIDE: usize = 12;
/// Contacts for each of those: enough for the list not to end while a node is held up.
const CONTACTS: usize = 16;

/// An installation and its process.
struct Node {
    place: Place,
    serving: Serving,
}

impl Node {
    fn start(place: Place) -> Self {
        let serving = place.serve(&[]);
        Self { place, serving }
    }

    fn id(&self) -> Option<NodeId> {
        std::fs::read_to_string(self.place.path().join("dialer-data/node")).ok()?.parse().ok()
    }

    fn kill(self) -> Place {
        self.serving.end_with("-KILL");
        self.place
    }
}

/// The campaign that the nodes dial, seen from behind.
struct Watch<'a> {
    database: &'a Database,
    campaign: CampaignId,
    clock: &'a dyn Clock,
}

impl Watch<'_> {
    async fn pacer(&self) -> Option<NodeId> {
        self.database.holder(LeaseName::Campaign(self.campaign)).await.unwrap().map(|holder| holder.node)
    }

    /// Returns once this node does not pace the campaign any more.
    async fn until_taken_from(&self, node: Option<NodeId>) {
        while !self.is_over().await && self.pacer().await.is_none_or(|pacer| Some(pacer) == node) {
            self.clock.sleep(Duration::milliseconds(50)).await;
        }
    }

    async fn is_over(&self) -> bool {
        let campaign = CampaignStore::get(self.database, Scope::Service, self.campaign).await.unwrap().unwrap();
        campaign.status == CampaignStatus::Completed
    }

    /// Which of the nodes paces the campaign.
    async fn place_of_pacer(&self, nodes: &[Node]) -> Option<usize> {
        let pacer = self.pacer().await?;
        nodes.iter().position(|node| node.id() == Some(pacer))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_killed_and_held_up_call_nobody_twice_at_once_and_account_for_every_call() {
    let rounds = from_environment("DIALER_TEST_ROUNDS", ROUNDS);
    let mut dice = Dice::new();
    let clock = real_time();
    let provider = provider(clock.clone());
    let shared = fresh_postgres().await;
    let url = Some(shared.url.as_str());
    let mut nodes: Vec<Node> = (0..NODES).map(|_| Node::start(place(&provider, url))).collect();
    let token = nodes[0].place.token(&[]);
    let path = Api { token: &token, base_url: &nodes[0].serving.base_url }.start_campaign(rounds * CONTACTS).await;
    let database = database_of(&nodes[0].place, url).await;
    let campaign = path.rsplit('/').next().unwrap().parse().unwrap();
    let watch = Watch { database: &database, campaign, clock: clock.as_ref() };

    for round in 1..=rounds {
        while provider.ledger().calls().len() < round * STRIDE && !watch.is_over().await {
            clock.sleep(Duration::milliseconds(20)).await;
        }
        clock.sleep(dice.wait(400)).await;
        // Mostly the node that dials, since what happens to the others matters less.
        let any = usize::try_from(dice.below(3)).unwrap();
        let struck = if dice.below(4) == 0 { any } else { watch.place_of_pacer(&nodes).await.unwrap_or(any) };
        if round % 2 == 0 {
            // Past its lease, and now and then past the time after which others give its calls up.
            let node = &nodes[struck];
            node.serving.signal("-STOP");
            watch.until_taken_from(node.id()).await;
            clock.sleep(dice.wait(if round % 4 == 0 { 12_000 } else { 1_000 })).await;
            node.serving.signal("-CONT");
        } else {
            // Started again before its lease has ended, or after.
            let place = nodes.remove(struck).kill();
            clock.sleep(dice.wait(5_000)).await;
            nodes.push(Node::start(place));
        }
    }
    Api { token: &token, base_url: &nodes[0].serving.base_url }.until_completed(&path, clock.as_ref()).await;
    for node in nodes {
        assert_eq!(node.serving.end_with("-TERM").0, Some(0));
    }
    assert!(takeovers(&database).await > 0, "no lease was ever taken from a node");
    books_balance(&database, &provider).await;
    database.close().await;
    provider.stop().await;
    shared.remove().await;
}

async fn takeovers(database: &Database) -> usize {
    events(database).await.iter().filter(|event| event.kind == EventKind::LeaseTaken).count()
}
