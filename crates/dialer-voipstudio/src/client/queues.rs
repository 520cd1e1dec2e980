//! Queues, and who is signed in to them.

use dialer_domain::telephony::{RequestPriority, TelephonyError};
use reqwest::Method;
use serde_json::{Value, json};
use tracing::field::Empty;

use super::{Client, Exchange, PageOf};
use crate::wire;

const WITH_USERS: [(&str, &str); 1] = [("include", "users")];

impl Client {
    #[tracing::instrument(
        name = "voipstudio.queues", skip_all,
        fields(method = "GET", path = "/queues", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn queues(&self, page: PageOf) -> Result<wire::List, TelephonyError> {
        let request = self.request(Method::GET, &["queues"]).query(&page.query()).query(&WITH_USERS);
        self.read(Exchange::read(request, RequestPriority::Person)).await
    }

    /// `None` when there is none of that id.
    #[tracing::instrument(
        name = "voipstudio.queue", skip_all,
        fields(method = "GET", path = "/queues/{id}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn queue(&self, id: &str) -> Result<Option<wire::Queue>, TelephonyError> {
        let request = self.request(Method::GET, &["queues", id]).query(&WITH_USERS);
        let answer: Option<wire::Single<wire::Queue>> =
            self.find(Exchange::read(request, RequestPriority::Person)).await?;
        Ok(answer.map(|answer| answer.data))
    }

    /// Signs a user in to or out of a queue; `false` when there is no such queue.
    #[tracing::instrument(
        name = "voipstudio.set_queue_member", skip_all,
        fields(method = "PATCH", path = "/queues/{id}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn set_queue_member(
        &self,
        queue: &str,
        user: &str,
        signed_in: bool,
    ) -> Result<bool, TelephonyError> {
        // The provider's ids are whole numbers.
        let user: Value = user.parse::<u64>().map_or_else(|_| json!(user), |number| json!(number));
        let change = json!({ "users": [{ "id": user, "status": signed_in }] });
        let request = self.request(Method::PATCH, &["queues", queue]).query(&WITH_USERS).json(&change);
        self.change(Exchange::write(request)).await
    }
}
