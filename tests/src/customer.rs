use anyhow::Context;
use dialer_domain::UserId;
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// Somebody who uses the HTTP API.
#[derive(Clone)]
pub struct Customer {
    http: reqwest::Client,
    base_url: String,
    token: Option<String>,
    /// Who it is.
    pub user: UserId,
}

/// What the API answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body; null when there is none.
    pub body: Value,
}

impl Answer {
    /// The body, when the status is the one expected.
    ///
    /// # Panics
    /// When it is another one, with what was answered instead.
    #[track_caller]
    #[expect(clippy::must_use_candidate, reason = "a test may want the status only")]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }
}

impl Customer {
    pub(crate) fn new(base_url: String, token: Option<String>, user: UserId) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(std::time::Duration::from_mins(1)).no_proxy().build()?;
        Ok(Self { http, base_url, token, user })
    }

    /// A request below `/api/dialer`, for a test that adds to it.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}/api/dialer{path}", self.base_url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Answer> {
        let answer = request.send().await.context("the API did not answer")?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.bytes().await?;
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes)? };
        Ok(Answer { status, headers, body })
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(self.request(Method::GET, path)).await
    }

    /// `POST`.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `PATCH`.
    pub async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.send(self.request(Method::PATCH, path).json(body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(self.request(Method::DELETE, path)).await
    }
}
