//! `kill -9` at any moment: what the provider's own ledger says afterwards.
//!
//! `DIALER_TEST_KILLS` sets how often; `scripts/kill-test.sh` does it hundreds of times.

use dialer_domain::Duration;
use dialer_seaorm::testing::fresh_postgres;
use rstest::rstest;

use crate::dialing::{Api, Dice, books_balance, database_of, from_environment, place, provider, real_time};
use crate::process::Serving;

/// Calls between two kills.
const STRIDE: usize = 5;
const KILLS: usize = 12;

#[rstest]
#[case::sqlite(false)]
#[case::postgres(true)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialer_killed_again_and_again_calls_nobody_twice_at_once_and_accounts_for_every_call(
    #[case] postgres: bool,
) {
    let kills = from_environment("DIALER_TEST_KILLS", KILLS);
    let mut dice = Dice::new();
    let clock = real_time();
    let provider = provider(clock.clone());
    let database = if postgres { Some(fresh_postgres().await) } else { None };
    let url = database.as_ref().map(|database| database.url.as_str());
    let place = place(&provider, url);
    let token = place.token(&[]);
    let mut serving: Serving = place.serve(&[]);
    let path = Api { token: &token, base_url: &serving.base_url }.start_campaign(kills * STRIDE).await;

    for kill in 1..=kills {
        while provider.ledger().calls().len() < kill * STRIDE {
            clock.sleep(Duration::milliseconds(20)).await;
        }
        clock.sleep(dice.wait(400)).await;
        serving.end_with("-KILL");
        serving = place.serve(&[]);
    }
    Api { token: &token, base_url: &serving.base_url }.until_completed(&path, clock.as_ref()).await;
    assert_eq!(serving.end_with("-TERM").0, Some(0));

    let log = database_of(&place, url).await;
    books_balance(&log, &provider).await;
    log.close().await;
    provider.stop().await;
    if let Some(database) = database {
        database.remove().await;
    }
}
