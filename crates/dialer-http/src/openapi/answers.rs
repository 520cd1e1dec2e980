//! What is answered is answered whole: a field without a value is `null`, never left out. The schemas of answers say so,
//! and those of requests do not.

use std::collections::BTreeSet;

use serde_json::Value;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{OpenApi, RefOr};

/// Problems leave out what does not apply.
const LEFT_OUT: [&str; 2] = ["Problem", "WrongField"];

/// Makes every field of schemas that only answers use a required one.
pub(super) fn are_complete(document: &mut OpenApi) {
    let requests = document.paths.paths.values().flat_map(|item| {
        [&item.put, &item.post, &item.patch]
            .into_iter()
            .flatten()
            .filter_map(|operation| operation.request_body.as_ref())
    });
    let mut sent = requests.flat_map(named_in).collect::<BTreeSet<String>>();
    let Some(components) = &mut document.components else { return };
    loop {
        let behind: BTreeSet<String> =
            sent.iter().filter_map(|name| components.schemas.get(name)).flat_map(named_in).collect();
        let before = sent.len();
        sent.extend(behind);
        if sent.len() == before {
            break;
        }
    }
    for (name, schema) in &mut components.schemas {
        if !sent.contains(name) && !LEFT_OUT.contains(&name.as_str()) {
            complete(schema);
        }
    }
}

fn complete(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => object.required = object.properties.keys().cloned().collect(),
        RefOr::T(Schema::AllOf(parts)) => parts.items.iter_mut().for_each(complete),
        _ => {}
    }
}

/// The schemas that a part of the document refers to by name.
fn named_in(part: &impl serde::Serialize) -> Vec<String> {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(target)) = fields.get("$ref") {
                    found.extend(target.strip_prefix("#/components/schemas/").map(str::to_owned));
                }
                fields.values().for_each(|value| walk(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(&serde_json::to_value(part).unwrap_or_default(), &mut found);
    found
}
