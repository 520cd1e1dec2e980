use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::routes;

/// Methods by path, without HEAD, which is GET without the body.
type Methods = BTreeMap<String, BTreeSet<String>>;

fn documented() -> Methods {
    let mut document = document();
    let methods = |item| operations(item).map(|(method, _)| method.to_owned()).collect();
    document.paths.paths.iter_mut().map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// `{file:[^/]*}` is `{file}` to a reader.
fn plain(path: &str) -> String {
    path.replace(":[^/]*}", "}")
}

#[test]
fn every_address_is_documented_and_every_documented_one_is_there() {
    let served: Methods = routes::addresses()
        .into_iter()
        .map(|address| {
            let methods = address.methods.split(", ").filter(|method| *method != "HEAD").map(str::to_owned);
            (plain(&address.path), methods.collect())
        })
        .collect();
    assert!(served.len() > 30);
    assert_eq!(documented(), served);
}

#[test]
fn the_committed_document_is_the_one_that_the_code_gives() {
    let committed = include_str!("../../../../docs/openapi.json");
    assert!(
        committed == json().unwrap(),
        "docs/openapi.json is out of date; write it anew: cargo run -- openapi > docs/openapi.json"
    );
}

#[test]
fn nothing_is_referred_to_that_is_not_there_and_no_operation_s_id_is_used_twice() {
    let text = json().unwrap();
    let tree: serde_json::Value = serde_json::from_str(text).unwrap();
    let schemas = tree["components"]["schemas"].as_object().unwrap();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
    let ids: Vec<&str> = tree["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len());
}

#[test]
fn no_two_areas_call_different_shapes_by_one_name() {
    let mut known = BTreeMap::new();
    for (_, tag, _, area) in areas() {
        for (name, schema) in area.components.map(|components| components.schemas).unwrap_or_default() {
            let shape = serde_json::to_value(schema).unwrap();
            let (first, other) = known.entry(name.clone()).or_insert((tag, shape.clone()));
            assert_eq!(*other, shape, "{name} is something else in {first} than in {tag}");
        }
    }
}
