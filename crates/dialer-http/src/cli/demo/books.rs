//! The books of a campaign: what the API tells, held against what the provider recorded.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail, ensure};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde::Serialize;
use serde_json::Value;

const PAGE: usize = 500;
const RECORDS: &str = "provider's call records";
const CONTACTS: &str = "contact rows";

/// A customer of the dialer's API and of the provider's: it only sees what they serve.
pub struct Reader {
    http: reqwest::Client,
    api: String,
    provider: String,
    provider_token: String,
}

/// One line of the comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What is counted.
    pub what: &'static str,
    /// What the dialer's API says.
    pub dialer: u64,
    /// What the provider's call records, or the contacts, say.
    pub other: u64,
    /// Where the other number is from.
    pub source: &'static str,
}

impl Line {
    /// Whether both say the same.
    #[must_use]
    pub const fn agrees(&self) -> bool {
        self.dialer == self.other
    }
}

/// All lines of the comparison, and the counts behind them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Books {
    /// Calls by status, from `GET /calls`.
    pub calls_by_status: BTreeMap<String, u64>,
    /// Calls that the provider never took: an agent's phone was not answered, and the like.
    pub not_placed: u64,
    /// The comparison.
    pub lines: Vec<Line>,
}

impl Books {
    /// Whether every line agrees.
    #[must_use]
    pub fn balance(&self) -> bool {
        self.lines.iter().all(Line::agrees)
    }
}

impl Reader {
    /// Reads the dialer at `api` with `token`, and the provider at `provider` with `provider_token`.
    pub fn new(api: String, token: &str, provider: String, provider_token: String) -> anyhow::Result<Self> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}"))?;
        bearer.set_sensitive(true);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer)]);
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .timeout(std::time::Duration::from_secs(30))
            .no_proxy()
            .build()?;
        Ok(Self { http, api, provider, provider_token })
    }

    /// `GET` below `/api/dialer`.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(self.http.get(format!("{}{path}", self.api)), path).await
    }

    /// `POST` below `/api/dialer`.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(self.http.post(format!("{}{path}", self.api)).json(body), path).await
    }

    /// `PATCH` below `/api/dialer`.
    pub async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(self.http.patch(format!("{}{path}", self.api)).json(body), path).await
    }

    async fn send(&self, request: reqwest::RequestBuilder, path: &str) -> anyhow::Result<Value> {
        let answer = request.send().await.with_context(|| format!("could not reach {path}"))?;
        let status = answer.status();
        let body: Value = answer.json().await.with_context(|| format!("{path} did not answer JSON"))?;
        ensure!(status.is_success(), "{path} answered {status}: {}", body["detail"].as_str().unwrap_or("no detail"));
        Ok(body)
    }

    /// Every row of a list of the API.
    pub async fn all(&self, path: &str, key: &str) -> anyhow::Result<Vec<Value>> {
        let mut rows: Vec<Value> = Vec::new();
        loop {
            let page = self.get(&format!("{path}?limit={PAGE}&offset={}", rows.len())).await?;
            let total = number(&page["total"]);
            let Some(items) = page[key].as_array().filter(|items| !items.is_empty()) else { break };
            rows.extend(items.iter().cloned());
            if count(rows.len()) >= total {
                break;
            }
        }
        Ok(rows)
    }

    /// Every call record of the provider.
    async fn records(&self) -> anyhow::Result<Vec<Value>> {
        let mut rows: Vec<Value> = Vec::new();
        for page in 1.. {
            let url = format!("{}/cdrs?page={page}&limit=1000&sort=id&dir=ASC", self.provider);
            let answer = self.http.get(url).header("X-Auth-Token", &self.provider_token).send().await?;
            ensure!(answer.status().is_success(), "the provider answered {} for its records", answer.status());
            let body: Value = answer.json().await?;
            match body["data"].as_array() {
                Some(items) if !items.is_empty() => rows.extend(items.iter().cloned()),
                Some(_) => break,
                None => bail!("the provider's list of records has no data"),
            }
        }
        Ok(rows)
    }

    /// Reads both sides and compares. Of `agent_missed` calls that nobody answered the provider keeps no record, because the
    /// customer's phone never rang.
    pub async fn compare(&self, campaign: &str, agent_missed: usize) -> anyhow::Result<Books> {
        let calls = self.all("/calls", "calls").await?;
        let contacts = self.all(&format!("/campaigns/{campaign}/contacts"), "contacts").await?;
        let stats = self.get(&format!("/campaigns/{campaign}")).await?["campaign"]["stats"].clone();
        let records = self.records().await?;

        let mut calls_by_status: BTreeMap<String, u64> = BTreeMap::new();
        for call in &calls {
            *calls_by_status.entry(text(&call["status"]).to_owned()).or_default() += 1;
        }
        let placed: Vec<&Value> = calls.iter().filter(|call| !call["call_id"].is_null()).collect();
        let names: BTreeSet<&str> = placed.iter().map(|call| text(&call["call_id"])).collect();
        let ended = |status: &str| count(placed.iter().filter(|call| text(&call["status"]) == status).count());
        let recorded = |word: &str| count(records.iter().filter(|record| text(&record["disposition"]) == word).count());
        let contact_status = |status: &str| count(contacts.iter().filter(|c| text(&c["status"]) == status).count());
        let sum = |rows: &[&Value], key: &str| rows.iter().map(|row| number(&row[key])).sum::<u64>();
        let all_contacts: Vec<&Value> = contacts.iter().collect();
        let all_records: Vec<&Value> = records.iter().collect();

        let line = |what, dialer, other, source| Line { what, dialer, other, source };
        let lines = vec![
            line("calls that reached the provider", count(names.len() - agent_missed), count(records.len()), RECORDS),
            line("completed", ended("completed"), recorded("CONNECTED"), RECORDS),
            line("no answer", ended("no-answer") - count(agent_missed), recorded("NO ANSWER"), RECORDS),
            line("busy", ended("busy"), recorded("BUSY"), RECORDS),
            line("failed", ended("failed"), recorded("FAILED"), RECORDS),
            line("seconds of talk", sum(&placed, "duration"), sum(&all_records, "billsec"), RECORDS),
            line("attempts", count(placed.len()), sum(&all_contacts, "attempts"), CONTACTS),
            line("contacts", number(&stats["total"]), count(contacts.len()), CONTACTS),
            line("contacts reached", number(&stats["completed"]), contact_status("completed"), CONTACTS),
            line("contacts not reached", number(&stats["failed"]), contact_status("failed"), CONTACTS),
        ];
        let not_placed = count(calls.len() - placed.len());
        Ok(Books { calls_by_status, not_placed, lines })
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
