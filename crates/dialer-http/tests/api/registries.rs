use std::fmt::Write as _;

use dialer_domain::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, OWNER, STRANGER, answer, wrong};

const COPIES: &str = "/registries/us-dnc/copies";

async fn bring(desk: &Desk, query: &str, body: impl Into<String>) -> (StatusCode, Value) {
    let request = desk.request(Method::PUT, &format!("{COPIES}?{query}"));
    answer(request.header("Content-Type", "text/plain").body(body.into())).await
}

#[tokio::test]
async fn a_copy_is_brought_and_a_number_looked_up() {
    let desk = Desk::open();
    let file = "phone_number,since\n202,5550101\n+12025550102,2019-05-01\n2025550101\n";
    let (status, made) = bring(&desk, "copied_on=2026-03-01&region=US&file_name=dnc.txt", file).await;
    assert_eq!(status, 201, "{made}");
    let copy = &made["copy"];
    assert_eq!((&copy["numbers"], &copy["broken"], &copy["status"]), (&json!(2), &json!(0), &json!("active")));
    assert_eq!((&copy["copied_on"], &copy["file_name"]), (&json!("2026-03-01"), &json!("dnc.txt")));
    assert_eq!((&copy["user_id"], copy["file_hash"].as_str().unwrap().len()), (&json!(OWNER.to_string()), 64));

    assert_eq!(desk.get("/registries").await.1, json!({ "registries": [copy], "total": 1 }));
    assert_eq!(desk.get(COPIES).await.1, json!({ "copies": [copy], "total": 1 }));
    let looked_up = async |number: &str| desk.get(&format!("/registries/us-dnc/numbers/{number}")).await.1;
    let listed = looked_up("+12025550102").await;
    assert_eq!((&listed["listed"], &listed["since"], &listed["copy"]), (&json!(true), &json!("2019-05-01"), copy));
    assert_eq!(looked_up("%2B12025550101").await["listed"], true);
    let free = looked_up("+12025550103").await;
    assert_eq!((&free["listed"], &free["since"]), (&json!(false), &Value::Null));
    assert_eq!(desk.get("/registries/us-dnc/numbers/nonsense").await.0, 400);
    assert_eq!(desk.get("/registries/uk-tps/numbers/+12025550101").await.0, 404, "nothing is known");
}

#[tokio::test]
async fn a_later_copy_takes_the_place_of_the_one_before() {
    let desk = Desk::open();
    bring(&desk, "copied_on=2026-02-01", "+12025550101\n").await;
    let (status, problem) = bring(&desk, "copied_on=2026-01-31", "+12025550101\n").await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("copied_on", "older_than_in_force")]));
    assert_eq!(bring(&desk, "copied_on=2026-03-01", "+12025550102\n").await.0, 201);
    let (_, old) = desk.get("/registries/us-dnc/numbers/+12025550101").await;
    assert_eq!((&old["listed"], &old["copy"]["copied_on"]), (&json!(false), &json!("2026-03-01")));
    let (_, all) = desk.get(COPIES).await;
    let statuses: Vec<&Value> = all["copies"].as_array().unwrap().iter().map(|copy| &copy["status"]).collect();
    assert_eq!(statuses, [&json!("active"), &json!("superseded")]);
}

#[tokio::test]
async fn a_file_that_will_not_do_is_refused_and_its_lines_are_named() {
    let desk = Desk::open();
    bring(&desk, "copied_on=2026-02-01", "+12025550101\n").await;
    let mut file = String::new();
    for n in 0..1_000 {
        writeln!(file, "+1202555{n:04}").unwrap();
    }
    let broken = |count: usize| format!("{file}{}", "nonsense\n".repeat(count));
    let (status, problem) = bring(&desk, "copied_on=2026-03-01", broken(150)).await;
    assert_eq!(status, 422, "{problem}");
    let wrongs = wrong(&problem);
    assert_eq!(
        (wrongs.len(), wrongs[0], wrongs[1]),
        (101, ("body", "too_many_broken_lines"), ("line 1001", "invalid_number"))
    );
    for empty in ["", "\n\n", "nonsense"] {
        let (status, problem) = bring(&desk, "copied_on=2026-03-01&most_broken=100", empty).await;
        assert_eq!((status.as_u16(), wrong(&problem)[0]), (422, ("body", "no_numbers")));
    }
    let (_, in_force) = desk.get("/registries").await;
    assert_eq!(in_force["registries"][0]["copied_on"], "2026-02-01", "the copy before stays in force");

    let (status, made) = bring(&desk, "copied_on=2026-03-01", broken(10)).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!((&made["copy"]["numbers"], &made["copy"]["broken"]), (&json!(1_000), &json!(10)));
    assert_eq!(made["broken_lines"][0]["line"], 1_001);
}

#[tokio::test]
async fn everybody_s_copy_is_brought_by_an_admin_and_seen_by_everybody() {
    let desk = Desk::open();
    let path = format!("{COPIES}?copied_on=2026-03-01&everybody=true");
    let bring = |role| {
        let request = desk.as_user(OWNER, role, Method::PUT, &path).header("Content-Type", "text/csv");
        answer(request.body("+12025550101\n"))
    };
    let (status, problem) = bring(Role::Supervisor).await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("everybody", "role_too_small")]));
    let (status, made) = bring(Role::Admin).await;
    assert_eq!((status.as_u16(), &made["copy"]["user_id"]), (201, &Value::Null), "{made}");
    let number = "/registries/us-dnc/numbers/+12025550101";
    let (_, listed) = answer(desk.as_user(STRANGER, Role::Agent, Method::GET, number)).await;
    assert_eq!((&listed["listed"], &listed["copy"]), (&json!(true), &made["copy"]));
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_named_before_the_file_is_read() {
    let desk = Desk::open();
    let number = "+12025550101\n";
    for (query, field, code) in [
        ("", "copied_on", "required"),
        ("copied_on=yesterday", "copied_on", "not_a_date"),
        ("copied_on=2026-03-04", "copied_on", "in_the_future"),
        ("copied_on=2026-03-01&region=XX", "region", "not_a_region"),
        ("copied_on=2026-03-01&most_broken=101", "most_broken", "out_of_range"),
    ] {
        let (status, problem) = bring(&desk, query, number).await;
        assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![(field, code)]), "{query}");
    }
    let json = desk.request(Method::PUT, &format!("{COPIES}?copied_on=2026-03-01")).json(&json!({}));
    assert_eq!(answer(json).await.0, 415);
    let upper = desk.request(Method::PUT, "/registries/US_DNC/copies?copied_on=2026-03-01").body(number);
    assert_eq!(answer(upper.header("Content-Type", "text/csv")).await.0, 400);
    assert_eq!(desk.get("/registries").await.1["total"], 0);
}
