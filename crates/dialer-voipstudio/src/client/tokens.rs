//! Signing in and out, and the keys that requests carry. No answer of these is ever shown.

use dialer_domain::telephony::{RequestPriority, TelephonyError};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tracing::field::Empty;

use super::{Client, Exchange, PageOf};
use crate::errors::Effect;
use crate::wire;

/// What a password gets.
pub(crate) enum LoginAnswer {
    /// A token.
    Token(wire::Login),
    /// A code was sent by e-mail, and has to be sent back with this nonce.
    CodeWanted(SecretString),
}

impl Client {
    #[tracing::instrument(
        name = "voipstudio.login", skip_all,
        fields(method = "POST", path = "/login", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn login(&self, email: &str, password: &SecretString) -> Result<LoginAnswer, TelephonyError> {
        let body = json!({ "email": email, "password": password.expose_secret() });
        let request = self.request(Method::POST, &["login"]).json(&body);
        let answer = self.exchange(Exchange::read(request, RequestPriority::Person), &[]).await?;
        if answer.status == StatusCode::ACCEPTED {
            let wanted: wire::CodeWanted = self.parse(Effect::Reads, &answer)?;
            return Ok(LoginAnswer::CodeWanted(wanted.nonce));
        }
        self.parse(Effect::Reads, &answer).map(LoginAnswer::Token)
    }

    #[tracing::instrument(
        name = "voipstudio.login_code", skip_all,
        fields(method = "POST", path = "/login2fa", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn login_code(&self, code: &str, nonce: &SecretString) -> Result<wire::Login, TelephonyError> {
        let body = json!({ "code": code, "nonce": nonce.expose_secret() });
        let request = self.request(Method::POST, &["login2fa"]).json(&body);
        self.read(Exchange::read(request, RequestPriority::Person)).await
    }

    /// Ends the session of a token that a login gave.
    #[tracing::instrument(
        name = "voipstudio.logout", skip_all,
        fields(method = "POST", path = "/logout", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn logout(&self) -> Result<(), TelephonyError> {
        let request = self.request(Method::POST, &["logout"]);
        self.exchange_head(Exchange::write(request), self.settings.request_timeout, &[]).await.map(|_| ())
    }

    #[tracing::instrument(
        name = "voipstudio.create_token", skip_all,
        fields(method = "POST", path = "/apitokens", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn create_token(&self, name: &str, idle_seconds: u64) -> Result<wire::ApiToken, TelephonyError> {
        let body = json!({ "name": name, "expiry": idle_seconds });
        let request = self.request(Method::POST, &["apitokens"]).json(&body);
        let answer: wire::Single<wire::ApiToken> = self.read(Exchange::write(request)).await?;
        Ok(answer.data)
    }

    #[tracing::instrument(
        name = "voipstudio.tokens", skip_all,
        fields(method = "GET", path = "/apitokens", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn tokens(&self, page: PageOf) -> Result<wire::List, TelephonyError> {
        let request = self.request(Method::GET, &["apitokens"]).query(&page.query());
        self.read(Exchange::read(request, RequestPriority::Person)).await
    }

    /// `false` when there is no such token.
    #[tracing::instrument(
        name = "voipstudio.delete_token", skip_all,
        fields(method = "DELETE", path = "/apitokens/{token}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn delete_token(&self, token: &SecretString) -> Result<bool, TelephonyError> {
        let request = self.request(Method::DELETE, &["apitokens", token.expose_secret()]);
        self.change(Exchange::write(request)).await
    }
}
