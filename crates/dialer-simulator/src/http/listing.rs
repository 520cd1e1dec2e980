//! Lists as the provider answers them: filtered, sorted, in pages.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

use actix_web::web;
use serde::Deserialize;
use serde_json::{Value, json};
use time::{OffsetDateTime, UtcOffset};

use super::answer::Answer;
use super::stamp::{format_stamp, parse_stamp};
use crate::knobs::Knobs;

/// Longer pages are cut to this; the longest asked for in practice (`O`).
const MAX_LIMIT: usize = 10_000;

/// What kind of value a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Text,
    Stamp,
}

/// A property's value in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    Integer(i64),
    Text(Cow<'a, str>),
    Stamp(OffsetDateTime),
    Null,
}

impl Cell<'_> {
    pub(super) fn integer(value: impl TryInto<i64>) -> Self {
        Self::Integer(value.try_into().unwrap_or(i64::MAX))
    }

    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Integer(value) => value.to_string().into(),
            Self::Text(text) => text.as_ref().into(),
            Self::Stamp(at) => format_stamp(*at).into(),
            Self::Null => "".into(),
        }
    }

    /// Order of two values of one property; nulls first.
    fn compare(&self, other: &Cell<'_>) -> Ordering {
        match (self, other) {
            (Self::Integer(a), Cell::Integer(b)) => a.cmp(b),
            (Self::Stamp(a), Cell::Stamp(b)) => a.cmp(b),
            (Self::Null, Cell::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Cell::Null) => Ordering::Greater,
            (a, b) => a.text().cmp(&b.text()),
        }
    }
}

/// A row of a list.
pub(super) trait Row {
    /// Properties that lists of such rows can be sorted by.
    const PROPERTIES: &'static [(&'static str, Kind)];

    /// The value of one of [`Self::PROPERTIES`].
    fn cell(&self, property: &str) -> Cell<'_>;

    /// The row as JSON.
    fn render(&self) -> Value;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Eq,
    Like,
    Gt,
    Gte,
    Lt,
    Lte,
}

#[derive(Debug)]
struct Condition {
    property: String,
    operator: Operator,
    value: Cell<'static>,
}

/// Which rows, in which order, and which page of them.
#[derive(Debug)]
pub(super) struct ListQuery {
    filter: Vec<Condition>,
    sort: Option<(String, bool)>,
    page: usize,
    limit: usize,
}

#[derive(Deserialize)]
struct RawCondition {
    property: String,
    operator: String,
    value: Value,
}

fn filtration_error() -> Answer {
    Answer::error(400, "Filtration error")
}

impl ListQuery {
    /// Reads `page`, `limit`, `sort`, `dir` and `filter` for rows `R`, of which `filterable` properties can be
    /// filtered by. Other parameters are passed over.
    pub(super) fn parse<R: Row>(query: &str, filterable: &[&str], knobs: &Knobs) -> Result<Self, Answer> {
        let parameters = web::Query::<HashMap<String, String>>::from_query(query)
            .map_err(|_| Answer::error(400, "The query cannot be read"))?
            .into_inner();
        let positive = |name: &str, default: usize| match parameters.get(name) {
            None => Ok(default),
            Some(text) => match text.parse() {
                Ok(number) if number > 0 => Ok(number),
                _ => Err(Answer::invalid(&[(name, "This value is not valid.")])),
            },
        };
        let kind = |property: &str| R::PROPERTIES.iter().find(|(name, _)| *name == property).map(|(_, kind)| *kind);
        let sort = match parameters.get("sort") {
            None => None,
            Some(property) if kind(property).is_some() => {
                let descending = match parameters.get("dir").map(|dir| dir.to_ascii_uppercase()).as_deref() {
                    None | Some("ASC") => false,
                    Some("DESC") => true,
                    Some(_) => return Err(Answer::invalid(&[("dir", "This value is not valid.")])),
                };
                Some((property.clone(), descending))
            }
            Some(_) => return Err(filtration_error()),
        };
        let raw: Vec<RawCondition> = match parameters.get("filter") {
            None => Vec::new(),
            Some(text) => serde_json::from_str(text).map_err(|_| filtration_error())?,
        };
        let condition = |raw: RawCondition| {
            let kind = kind(&raw.property).filter(|_| filterable.contains(&raw.property.as_str()))?;
            let operator = operator(&raw.operator)?;
            let kind = if operator == Operator::Like { Kind::Text } else { kind };
            let value = value(&raw.value, kind, knobs.stamps_offset())?;
            Some(Condition { property: raw.property, operator, value })
        };
        let filter =
            raw.into_iter().map(|raw| condition(raw).ok_or_else(filtration_error)).collect::<Result<_, _>>()?;
        let limit = positive("limit", knobs.default_page_limit)?.min(MAX_LIMIT);
        Ok(Self { filter, sort, page: positive("page", 1)?, limit })
    }

    /// The page of `rows` that was asked for, as a whole answer.
    pub(super) fn answer<R: Row>(&self, rows: impl Iterator<Item = R>) -> Answer {
        let mut rows: Vec<R> = rows.filter(|row| self.filter.iter().all(|condition| condition.holds(row))).collect();
        if let Some((property, descending)) = &self.sort {
            rows.sort_by(|a, b| {
                let order = a.cell(property).compare(&b.cell(property));
                if *descending { order.reverse() } else { order }
            });
        }
        let skipped = (self.page - 1).saturating_mul(self.limit);
        let data: Vec<_> = rows.iter().skip(skipped).take(self.limit).map(Row::render).collect();
        Answer::new(200, json!({ "data": data, "total": rows.len() }))
    }
}

fn operator(word: &str) -> Option<Operator> {
    Some(match word {
        "eq" => Operator::Eq,
        "like" => Operator::Like,
        "gt" => Operator::Gt,
        "gte" => Operator::Gte,
        "lt" => Operator::Lt,
        "lte" => Operator::Lte,
        _ => return None,
    })
}

/// A condition's value, where it is one of the property's kind. Integers may come as text and the reverse.
fn value(raw: &Value, kind: Kind, zone: UtcOffset) -> Option<Cell<'static>> {
    let text = match raw {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => i64::from(*flag).to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    match kind {
        Kind::Integer => text.parse().ok().map(Cell::Integer),
        Kind::Text => Some(Cell::Text(text.into())),
        Kind::Stamp => parse_stamp(&text, zone).map(Cell::Stamp),
    }
}

impl Condition {
    fn holds<R: Row>(&self, row: &R) -> bool {
        let cell = row.cell(&self.property);
        if cell == Cell::Null {
            return false;
        }
        let order = cell.compare(&self.value);
        match self.operator {
            Operator::Eq => order.is_eq(),
            Operator::Gt => order.is_gt(),
            Operator::Gte => order.is_ge(),
            Operator::Lt => order.is_lt(),
            Operator::Lte => order.is_le(),
            Operator::Like => cell.text().to_lowercase().contains(&self.value.text().to_lowercase()),
        }
    }
}

/// A page of a small list, all of whose properties can be filtered by.
pub(super) fn list<R: Row>(rows: impl Iterator<Item = R>, query: &str, knobs: &Knobs) -> Answer {
    let filterable: Vec<_> = R::PROPERTIES.iter().map(|(name, _)| *name).collect();
    match ListQuery::parse::<R>(query, &filterable, knobs) {
        Ok(query) => query.answer(rows),
        Err(refusal) => refusal,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use time::macros::datetime;

    use super::super::answer::Body;
    use super::*;

    struct Fruit(i64, &'static str, Option<i64>);

    impl Row for Fruit {
        const PROPERTIES: &'static [(&'static str, Kind)] =
            &[("id", Kind::Integer), ("name", Kind::Text), ("weight", Kind::Integer), ("picked", Kind::Stamp)];

        fn cell(&self, property: &str) -> Cell<'_> {
            match property {
                "id" => Cell::Integer(self.0),
                "name" => Cell::Text(self.1.into()),
                "weight" => self.2.map_or(Cell::Null, Cell::Integer),
                "picked" => Cell::Stamp(datetime!(2026-03-01 00:00 UTC) + time::Duration::hours(self.0)),
                _ => Cell::Null,
            }
        }

        fn render(&self) -> Value {
            json!(self.0)
        }
    }

    fn ask(query: &str) -> Result<(Vec<i64>, u64), u16> {
        let rows =
            [Fruit(2, "Pear", Some(9)), Fruit(10, "Peach", Some(100)), Fruit(1, "Apple", None), Fruit(30, "Fig", None)];
        let knobs = Knobs { default_page_limit: 3, ..Knobs::default() };
        let answer = list(rows.into_iter(), query, &knobs);
        let Body::Json(body) = answer.body else { panic!("no JSON") };
        if answer.status != 200 {
            return Err(answer.status);
        }
        let ids = body["data"].as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect();
        Ok((ids, body["total"].as_u64().unwrap()))
    }

    fn filter(property: &str, operator: &str, value: &str) -> Result<Vec<i64>, u16> {
        let text = format!(r#"[{{"property":"{property}","operator":"{operator}","value":{value}}}]"#);
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        ask(&format!("sort=id&filter={encoded}")).map(|(ids, _)| ids)
    }

    #[rstest]
    #[case("id", "eq", "2", &[2])]
    #[case("id", "eq", "\"2\"", &[2])]
    #[case("id", "gt", "2", &[10, 30])]
    #[case("id", "gte", "\"2\"", &[2, 10, 30])]
    #[case("id", "lt", "10", &[1, 2])]
    #[case("id", "lte", "10", &[1, 2, 10])]
    #[case("name", "like", "\"pea\"", &[2, 10])]
    #[case("id", "like", "0", &[10, 30])]
    #[case("weight", "lt", "1000", &[2, 10])]
    #[case("picked", "gte", "\"2026-03-02\"", &[30])]
    #[case("picked", "lt", "\"2026-03-01 02:00:00\"", &[1])]
    fn a_filter_lets_through_what_it_says(
        #[case] property: &str,
        #[case] operator: &str,
        #[case] value: &str,
        #[case] expected: &[i64],
    ) {
        assert_eq!(filter(property, operator, value).as_deref(), Ok(expected));
    }

    #[rstest]
    #[case::unknown_operator("id", "between", "2")]
    #[case::unknown_property("colour", "eq", "2")]
    #[case::not_a_number("id", "eq", "\"two\"")]
    #[case::not_a_date("picked", "gt", "\"yesterday\"")]
    #[case::not_a_value("name", "eq", "{}")]
    fn a_filter_that_cannot_be_understood_is_refused(
        #[case] property: &str,
        #[case] operator: &str,
        #[case] value: &str,
    ) {
        assert_eq!(filter(property, operator, value), Err(400));
    }

    #[test]
    fn pages_follow_each_other_and_the_one_past_the_end_is_empty() {
        assert_eq!(ask("sort=id"), Ok((vec![1, 2, 10], 4)), "three a page unless asked otherwise");
        assert_eq!(ask("sort=id&page=2"), Ok((vec![30], 4)));
        assert_eq!(ask("sort=id&page=3"), Ok((vec![], 4)));
        assert_eq!(ask("sort=id&dir=DESC&limit=2"), Ok((vec![30, 10], 4)));
        assert_eq!(ask("sort=weight&limit=4"), Ok((vec![1, 30, 2, 10], 4)), "nulls first, numbers by size");
    }

    #[rstest]
    #[case("page=0")]
    #[case("limit=0")]
    #[case("limit=many")]
    #[case("sort=colour")]
    #[case("sort=id&dir=up")]
    #[case("filter=nonsense")]
    fn a_query_that_makes_no_sense_is_refused(#[case] query: &str) {
        assert_eq!(ask(query), Err(400));
    }
}
