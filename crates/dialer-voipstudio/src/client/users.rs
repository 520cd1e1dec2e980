//! Users and numbers of the account.

use dialer_domain::telephony::{RequestPriority, TelephonyError};
use reqwest::Method;
use tracing::field::Empty;

use super::{Client, Exchange, PageOf};
use crate::wire;

impl Client {
    #[tracing::instrument(
        name = "voipstudio.users", skip_all,
        fields(method = "GET", path = "/users", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn users(&self, page: PageOf) -> Result<wire::List, TelephonyError> {
        let request = self.request(Method::GET, &["users"]).query(&page.query());
        self.read(Exchange::read(request, RequestPriority::Person)).await
    }

    #[tracing::instrument(
        name = "voipstudio.numbers", skip_all,
        fields(method = "GET", path = "/ddis", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn numbers(&self, page: PageOf) -> Result<wire::List, TelephonyError> {
        let request = self.request(Method::GET, &["ddis"]).query(&page.query());
        self.read(Exchange::read(request, RequestPriority::Person)).await
    }
}
