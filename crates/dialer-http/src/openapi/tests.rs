use std::collections::{BTreeMap, BTreeSet};

use actix_web::{App, test};

use super::everywhere::operations;
use super::*;
use crate::routes;

/// Methods by path, without those that every address has.
type Methods = BTreeMap<String, BTreeSet<String>>;

fn documented() -> Methods {
    let mut document = document();
    let methods = |item| operations(item).map(|(method, _)| method.to_owned()).collect();
    document.paths.paths.iter_mut().map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// `{file:[^/]*}` is `{file}` to a reader.
fn plain(path: &str) -> String {
    let part = |part: &str| part.split_once(':').map_or_else(|| part.to_owned(), |(name, _)| format!("{name}}}"));
    path.split('/').fold(String::new(), |all, next| {
        if next.is_empty() {
            all
        } else {
            all + "/" + &if next.starts_with('{') { part(next) } else { next.to_owned() }
        }
    })
}

async fn registered() -> Methods {
    let mut all = Methods::new();
    for (prefix, configure) in
        [("", routes::open as fn(&mut actix_web::web::ServiceConfig)), ("/api/dialer", routes::api)]
    {
        let _ = routes::registered::take();
        let _ = test::init_service(App::new().configure(configure)).await;
        for (path, allowed) in routes::registered::take() {
            let methods = allowed.split(", ").filter(|method| *method != "HEAD").map(str::to_owned).collect();
            all.insert(format!("{prefix}{}", plain(&path.replace("[^/]", ""))), methods);
        }
    }
    all
}

#[actix_web::test]
async fn every_registered_route_is_documented_and_every_documented_one_is_registered() {
    let (documented, registered) = (documented(), registered().await);
    assert!(registered.len() > 8);
    assert_eq!(documented, registered);
}

#[::core::prelude::v1::test]
fn the_committed_document_is_the_one_that_the_code_gives() {
    let committed = include_str!("../../../../docs/openapi.json");
    assert!(
        committed == json().unwrap(),
        "docs/openapi.json is out of date; write it anew: cargo run -- openapi > docs/openapi.json"
    );
}

#[::core::prelude::v1::test]
fn nothing_is_referred_to_that_is_not_there_and_no_operation_s_id_is_used_twice() {
    let text = json().unwrap();
    let tree: serde_json::Value = serde_json::from_str(&text).unwrap();
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
