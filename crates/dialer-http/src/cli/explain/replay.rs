//! Deciding again from a receipt: from the database, or from a line of an evidence pack.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::str::FromStr;

use anyhow::{Context, anyhow};
use dialer_app::Receipts;
use dialer_domain::eligibility::{Allowed, Decision};
use dialer_domain::evidence::KeptBook;
use dialer_domain::identity::Scope;
use dialer_domain::ids::CallId;
use dialer_domain::receipts::{PROGRAM, Receipt, Replay, told};
use dialer_domain::rules::{BookHash, RuleBook};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::stamp::Stamp;

/// Where a receipt is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// In the database.
    Kept(Uuid),
    /// In an evidence pack.
    InPack {
        /// The pack.
        file: String,
        /// The call.
        call: Uuid,
    },
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Kept(id));
        }
        let pack = text.rsplit_once('#').and_then(|(file, call)| Some((file.to_owned(), call.parse().ok()?)));
        let (file, call) = pack.ok_or("use the id of a call, or FILE#ID for a call of an evidence pack")?;
        Ok(Self::InPack { file, call })
    }
}

/// A receipt of the database, with its book.
pub(super) async fn kept(receipts: &Receipts, id: Uuid) -> anyhow::Result<(Receipt, RuleBook)> {
    let receipt = receipts.receipt(Scope::Service, CallId::new(id)).await.with_context(|| {
        format!("{id} has no receipt; give the id of a call that a campaign placed with this version or a later one")
    })?;
    let book = receipts.book(receipt.book).await?;
    Ok((receipt, book))
}

/// What is needed of a line.
#[derive(Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
enum Line {
    Book(KeptBook),
    Receipt(Box<Receipt>),
    #[serde(untagged)]
    Other(IgnoredAny),
}

/// A receipt of an evidence pack, with its book. Whether the pack was altered is not asked: `dialer verify` does.
pub(super) fn in_pack(file: &str, call: Uuid) -> anyhow::Result<(Receipt, RuleBook)> {
    let source = File::open(file).with_context(|| format!("{file} cannot be opened; give an evidence pack"))?;
    let mut books: BTreeMap<BookHash, String> = BTreeMap::new();
    for (number, line) in (1_u64..).zip(BufReader::new(source).lines()) {
        let line = line.with_context(|| format!("{file} cannot be read"))?;
        let line = serde_json::from_str(&line).with_context(|| format!("line {number} of {file} is no JSON"))?;
        match line {
            Line::Book(KeptBook { hash, text }) => {
                books.insert(hash, text);
            }
            Line::Receipt(receipt) if receipt.call_id.as_uuid() == call => {
                let text = books
                    .get(&receipt.book)
                    .ok_or_else(|| anyhow!("the rule book {} does not come before line {number}", receipt.book))?;
                let book = RuleBook::from_text(text, receipt.book)?;
                return Ok((*receipt, book));
            }
            Line::Receipt(_) | Line::Other(_) => {}
        }
    }
    Err(anyhow!("{file} holds no receipt of {call}"))
}

/// Both answers, for people.
pub(super) fn text(receipt: &Receipt, replay: &Replay) -> String {
    let verdict = if replay.is_same() {
        "the same answer".to_owned()
    } else if receipt.program == PROGRAM {
        "another answer: the receipt or its rule book is not what was decided from".to_owned()
    } else {
        format!("another answer: this is {PROGRAM}, which may know other zones or read rules otherwise")
    };
    format!(
        "receipt {}, decided {} by {}\nrule book {}\nthen    {}\nnow     {}\n{verdict}",
        receipt.call_id,
        Stamp::from(receipt.decided_at),
        receipt.program,
        receipt.book,
        told(&replay.then),
        told(&replay.now)
    )
}

/// Both answers as JSON.
pub(super) fn json(receipt: &Receipt, replay: &Replay) -> Value {
    json!({
        "receipt": receipt,
        "then": answer(&replay.then),
        "now": answer(&replay.now),
        "same": replay.is_same(),
    })
}

fn answer(decision: &Decision) -> Value {
    match decision {
        Ok(Allowed { rules }) => json!({ "allowed": true, "rules": rules }),
        Err(refusal) => json!({ "allowed": false, "code": refusal.code, "rule": refusal.rule }),
    }
}
