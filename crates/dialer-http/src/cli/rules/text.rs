//! Bans as people read them.

use std::fmt::Write as _;

use dialer_domain::bans::OrderedBan;
use dialer_domain::store::Page;
use time::OffsetDateTime;

use crate::stamp::Stamp;

pub(super) fn ordered(row: &OrderedBan) -> String {
    format!(
        "Nobody is called there from now on, as ordered.\n{}\nEnd it with: dialer rules unban {}",
        line(row),
        row.ban.id
    )
}

pub(super) fn ended(row: &OrderedBan) -> String {
    match row.ended_at {
        Some(at) => format!("Ended at {}.\n{}", Stamp::from(at), line(row)),
        None => format!("It was over already.\n{}", line(row)),
    }
}

pub(super) fn list(page: &Page<OrderedBan>, now: OffsetDateTime) -> String {
    if page.items.is_empty() {
        return "No ban stands.".to_owned();
    }
    let mut text = String::new();
    for row in &page.items {
        let state = match row.ended_at {
            Some(at) => format!("ended at {}", Stamp::from(at)),
            None if row.ban.ends_at <= now => "over".to_owned(),
            None if row.ban.starts_at > now => "to come".to_owned(),
            None => "in force".to_owned(),
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}  {state}", line(row));
    }
    let more = page.total.saturating_sub(u64::try_from(page.items.len()).unwrap_or(u64::MAX));
    if more > 0 {
        let _ = writeln!(text, "and {more} more; GET /api/dialer/rules/bans lists all of them");
    }
    text.truncate(text.trim_end().len());
    text
}

fn line(row: &OrderedBan) -> String {
    let ban = &row.ban;
    let whom = ban.user_id.map_or_else(|| "everybody".to_owned(), |user| format!("user {user}"));
    let (from, to) = (Stamp::from(ban.starts_at), Stamp::from(ban.ends_at));
    let reason = ban.reason.as_ref().map(|reason| format!("  ({reason})")).unwrap_or_default();
    format!("{}  {:<6}  {from} to {to}  binds {whom}{reason}", ban.id, ban.jurisdiction.to_string())
}
