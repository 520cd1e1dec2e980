//! The provider's limit, kept by two nodes together through PostgreSQL.

use std::sync::Arc;

use dialer_domain::telephony::Telephony;
use dialer_domain::{Clock, Duration};
use dialer_seaorm::Database;
use dialer_seaorm::testing::fresh_postgres;
use dialer_simulator::{ProviderDouble, ProviderDoubleSettings, ScaledClock};
use dialer_voipstudio::{VoipStudio, VoipStudioSettings};
use time::macros::datetime;
use tokio::task::JoinSet;

/// Ten at once, then one about every 560 ms.
const LIMIT: u32 = 120;
const BURST: u32 = 10;
const PER_SECOND: u32 = 2;
const SECONDS: u32 = 4;
const NODES: u32 = 2;

fn node(provider: &ProviderDouble, clock: &Arc<dyn Clock>, shared: Option<&Database>) -> VoipStudio {
    let settings = VoipStudioSettings {
        base_url: provider.base_url(),
        requests_per_minute: LIMIT,
        ..VoipStudioSettings::new(ProviderDoubleSettings::default().tokens[0].as_str().into())
    };
    let node = VoipStudio::new(settings, Arc::clone(clock)).unwrap();
    if let Some(database) = shared {
        node.share_budget(Arc::new(database.clone()));
    }
    node
}

/// How many requests nodes send that all send as many as they may.
async fn sent_by(nodes: Vec<VoipStudio>, clock: &Arc<dyn Clock>) -> u32 {
    let mut requests = JoinSet::new();
    for node in nodes {
        // The person at each desk; more wait than can be served.
        for _ in 0..BURST + SECONDS * PER_SECOND + 5 {
            let node = node.clone();
            requests.spawn(async move { node.users().await.unwrap() });
        }
    }
    let mut end = clock.sleep(Duration::seconds(SECONDS.into()));
    let mut sent = 0;
    loop {
        tokio::select! {
            Some(served) = requests.join_next() => {
                served.unwrap();
                sent += 1;
            }
            () = &mut end => return sent,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_on_one_database_send_no_more_together_than_one_may_alone() {
    // Their clock is far from the database's, and nothing comes of it.
    let clock: Arc<dyn Clock> = Arc::new(ScaledClock::new(datetime!(2026-03-02 10:00 UTC), 1.0));
    let provider = ProviderDouble::start(ProviderDoubleSettings::default(), clock.clone()).unwrap();
    let database = fresh_postgres().await;
    let most = BURST + SECONDS * PER_SECOND;

    let shared = (0..NODES).map(|_| node(&provider, &clock, Some(&database.db))).collect();
    let sent = sent_by(shared, &clock).await;
    assert!((BURST..=most).contains(&sent), "{sent} were sent, and {most} may be");

    let alone = (0..NODES).map(|_| node(&provider, &clock, None)).collect();
    let sent = sent_by(alone, &clock).await;
    assert!(sent > most, "{sent}: they would send more if they did not share it");
    provider.stop().await;
    database.remove().await;
}
