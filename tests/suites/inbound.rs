//! Calls that come in on the real parts: the provider tells of them over HTTP.

use dialer_domain::calls::store::{CallFilter, CallStore};
use dialer_domain::{Call, Direction, PageRequest, Scope};
use dialer_simulator::SimulatedUser;
use dialer_tests::{Db, TestApp};
use rstest::rstest;
use time::Duration;

const OWNER: &str = "0195d3f0-0000-7000-8000-0000000000a1";

async fn inbound(app: &TestApp) -> Vec<Call> {
    let filter = CallFilter { direction: Some(Direction::Inbound), ..CallFilter::default() };
    let page = CallStore::list(app.database(), Scope::Service, filter, PageRequest::default()).await.unwrap();
    page.items
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_s_call_is_logged_for_its_owner_and_closed_by_its_record(#[case] db: Db) {
    let users = SimulatedUser::crew(1);
    let (agent, extension) = (users[0].id, users[0].extension());
    let app = TestApp::on(db).users(users).setting("DIALER__TELEPHONY__INBOUND_OWNER", OWNER).start().await.unwrap();
    app.provider.receive_call("447700900123", agent).unwrap();
    let call = loop {
        app.pass(Duration::seconds(10)).await;
        match inbound(&app).await.pop() {
            Some(call) if call.status.is_final() => break call,
            _ => {}
        }
    };
    assert_eq!(call.user_id.to_string(), OWNER);
    assert_eq!(call.from_number.as_ref().unwrap().as_e164(), "+447700900123");
    assert_eq!(call.metadata["extension"], extension, "and a number of the account stands for what was called");
    assert_eq!(call.evidence, Some(dialer_domain::calls::Evidence::Record));
    assert_eq!(call.duration, app.provider.ledger().calls()[0].talk_seconds);
    app.pass(Duration::minutes(3)).await;
    assert_eq!(inbound(&app).await.len(), 1, "told again, it is the same call");
    app.stop().await;
}
