use std::sync::atomic::Ordering;

use reqwest::Method;
use serde_json::json;

use crate::desk::{Desk, answer};

#[tokio::test]
async fn a_living_program_says_so_to_anybody() {
    let desk = Desk::open();
    let (status, body) = answer(desk.anonymous(Method::GET, "/healthz")).await;
    assert_eq!((status.as_u16(), body), (200, json!({ "status": "ok" })));
}

#[tokio::test]
async fn a_program_without_its_database_is_not_ready() {
    let desk = Desk::open();
    let (status, body) = answer(desk.anonymous(Method::GET, "/readyz")).await;
    let ready = json!({ "status": "ready", "database": "ok", "engine": "starting", "telephony": "simulator" });
    assert_eq!((status.as_u16(), body), (200, ready));
    desk.database_is_down.store(true, Ordering::Relaxed);
    let (status, body) = answer(desk.anonymous(Method::GET, "/readyz")).await;
    assert_eq!(
        (status.as_u16(), &body["status"], &body["database"]),
        (503, &json!("not-ready"), &json!("unavailable"))
    );
    assert_eq!(desk.engine.status().live_calls, 0);
}
