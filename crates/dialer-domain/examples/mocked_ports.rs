//! Testing a service of your own against mocked ports: was the provider asked, and what if it fails?
//!
//! `cargo run -p dialer-domain --features mocks --example mocked_ports`

use dialer_domain::telephony::{Advice, DialRequest, MockTelephony, RequestPriority, Telephony, TelephonyError};

/// The service under test: calls somebody, and says what to do when that fails.
async fn ring(telephony: &dyn Telephony, number: &str) -> Result<String, Advice> {
    let to = number.parse().map_err(|_| Advice::GiveUp)?;
    let request =
        DialRequest { to, agent: None, caller_id: None, ahead: false, priority: RequestPriority::Person, paced: false };
    telephony.originate(request).await.map(|id| id.to_string()).map_err(|error| error.advice())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut lost = MockTelephony::new();
    lost.expect_originate()
        .withf(|request| request.to.as_e164() == "+442079460001")
        .times(1)
        .returning(|_| Err(TelephonyError::OutcomeUnknown { reason: "the connection broke".to_owned() }));
    assert_eq!(ring(&lost, "+442079460001").await, Err(Advice::ReconcileFirst));

    let mut never = MockTelephony::new();
    never.expect_originate().never();
    assert_eq!(ring(&never, "nonsense").await, Err(Advice::GiveUp));
}
