use dialer_domain::Scope;
use dialer_domain::identity::Role;
use dialer_domain::imports::store::ImportStore;
use dialer_domain::suppression::SuppressionStore;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, NOWHERE, OWNER, SPOOL_LIMIT, STRANGER, answer, id, number, wrong};
use crate::forgetful::{Failure, forgetful};

const BOUNDARY: &str = "a-boundary";

async fn imports_of_a_campaign(desk: &Desk) -> String {
    let campaign = desk.campaign(&json!({ "name": "A", "type": "power" })).await;
    format!("/campaigns/{}/imports", id(&campaign))
}

fn csv(desk: &Desk, path: &str, list: &str) -> RequestBuilder {
    desk.request(Method::POST, path).header("Content-Type", "text/csv").body(list.to_owned())
}

/// A form of these parts: a name, the name of a file if it is one, and the content.
fn form(desk: &Desk, path: &str, parts: &[(&str, Option<&str>, &str)]) -> RequestBuilder {
    let part = |(name, file, content): &(&str, Option<&str>, &str)| {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n")
    };
    let mut body = parts.iter().map(part).collect::<Vec<_>>().concat();
    body.push_str(&["--", BOUNDARY, "--\r\n"].concat());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    desk.request(Method::POST, path).header("Content-Type", kind).body(body)
}

async fn refused(request: RequestBuilder) -> (u16, String, Vec<(String, String)>) {
    let (status, problem) = answer(request).await;
    let errors = if problem["errors"].is_null() { Vec::new() } else { wrong(&problem) };
    let errors = errors.into_iter().map(|(field, code)| (field.to_owned(), code.to_owned())).collect();
    (status.as_u16(), problem["code"].as_str().unwrap_or_default().to_owned(), errors)
}

fn fault(field: &str, code: &str) -> (u16, String, Vec<(String, String)>) {
    (422, "invalid_request".to_owned(), vec![(field.to_owned(), code.to_owned())])
}

/// The import once it is over.
async fn over(desk: &Desk, import: &Value) -> Value {
    let job = id(import).parse().unwrap();
    // Whoever asked the API as often as this takes would be told to ask less.
    while !ImportStore::get(&desk.store, Scope::Service, job).await.unwrap().unwrap().status.is_over() {
        tokio::task::yield_now().await;
    }
    let (status, answer) = desk.get(&format!("/imports/{}", id(import))).await;
    assert_eq!(status, 200, "{answer}");
    answer["import"].clone()
}

fn lists_kept(desk: &Desk) -> usize {
    std::fs::read_dir(desk.spool.path()).unwrap().count()
}

#[tokio::test]
async fn a_list_is_taken_in_at_once_and_imported_in_the_background() {
    let desk = Desk::open();
    let path = imports_of_a_campaign(&desk).await;
    let list = format!(
        "phone,first name,plan\n{},Ada,gold\nring me,Bo,\n{},Cy,\n,Di,\n{},Ed\n{},Flo,\n",
        number(1).as_e164(),
        number(2).as_e164(),
        number(3).as_e164(),
        number(1).as_e164(),
    );
    let response = csv(&desk, &format!("{path}?file_name=spring.csv"), &list).send().await.unwrap();
    assert_eq!(response.status(), 202);
    let place = response.headers()["Location"].to_str().unwrap().to_owned();
    let import = response.json::<Value>().await.unwrap()["import"].clone();
    assert_eq!(place, format!("/api/dialer/imports/{}", id(&import)));
    assert_eq!((&import["status"], &import["percent"]), (&json!("queued"), &json!(0)));
    assert_eq!(import["mapping"], json!({ "phone_number": "phone", "first_name": "first name" }));
    assert_eq!((&import["delimiter"], &import["file_name"]), (&json!(","), &json!("spring.csv")));
    assert_eq!((&import["total_bytes"], lists_kept(&desk)), (&json!(list.len()), 1));

    desk.run_imports();
    let done = over(&desk, &import).await;
    assert_eq!((&done["status"], &done["percent"]), (&json!("completed"), &json!(100)));
    assert_eq!((&done["read_rows"], &done["read_bytes"]), (&json!(6), &json!(list.len())));
    assert_eq!((&done["added"], &done["skipped"]), (&json!(2), &json!(4)));
    let reasons = json!({ "invalid_number": 1, "no_number": 1, "wrong_field_count": 1, "duplicate_in_file": 1 });
    assert_eq!(done["skipped_by_reason"], reasons);
    assert!(done["started_at"].is_string() && done["finished_at"].is_string() && done["error"].is_null());
    let contacts = desk.get(&path.replace("imports", "contacts")).await.1;
    assert_eq!((&contacts["total"], &contacts["contacts"][0]["metadata"]), (&json!(2), &json!({ "plan": "gold" })));
    while lists_kept(&desk) > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(desk.get(&path).await.1["imports"], json!([done]));
}

#[tokio::test]
async fn rows_that_were_left_out_are_told_as_pages_and_as_a_file() {
    let desk = Desk::open();
    let path = imports_of_a_campaign(&desk).await;
    desk.run_imports();
    let list = format!("phone;note\nring me;\n{};a\n=cmd();\n\"+44\n7700\";b\n", number(1).as_e164());
    let import = answer(csv(&desk, &path, &list)).await.1["import"].clone();
    over(&desk, &import).await;
    let rows = format!("/imports/{}/rows", id(&import));
    let page = desk.get(&format!("{rows}?limit=2&offset=1")).await.1;
    assert_eq!((&page["total"], page["rows"].as_array().unwrap().len()), (&json!(3), 2));
    assert_eq!((&page["rows"][0]["line"], &page["rows"][0]["reason"]), (&json!(4), &json!("invalid_number")));
    assert_eq!((&page["rows"][1]["line"], &page["rows"][1]["reason"]), (&json!(5), &json!("unclosed_quote")));
    let response = desk.request(Method::GET, &format!("{rows}?format=csv")).send().await.unwrap();
    assert_eq!(response.headers()["Content-Type"], "text/csv; charset=utf-8");
    assert!(response.headers()["Content-Disposition"].to_str().unwrap().starts_with("attachment; filename="));
    let file = response.text().await.unwrap();
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!((lines.len(), lines[0]), (4, "line,phone_number,reason,message"));
    assert!(lines[1].starts_with("2,ring me,invalid_number,"), "{file}");
    assert!(lines[2].starts_with("4,'=cmd(),invalid_number,"), "{file}");
    assert_eq!(refused(desk.request(Method::GET, &format!("{rows}?format=xml"))).await, fault("format", "not_one_of"));
}

#[tokio::test]
async fn a_form_brings_the_list_its_name_and_its_mapping_in_any_order() {
    let desk = Desk::open();
    let path = imports_of_a_campaign(&desk).await;
    let list = format!("Telefon|Vorname|phone\n{}|Ada|{}\n", number(1).as_e164(), number(2).as_e164());
    let mapping = r#"{ "phone_number": "Telefon", "first_name": "Vorname" }"#;
    let file = ("file", Some("lists/Frühling.csv"), list.as_str());
    for parts in [
        [file, ("mapping", None, mapping), ("delimiter", None, "pipe")],
        [("mapping", None, mapping), ("delimiter", None, "|"), file],
    ] {
        let (status, made) = answer(form(&desk, &path, &parts)).await;
        assert_eq!(status, 202, "{made}");
        assert_eq!(made["import"]["file_name"], "Frühling.csv");
        assert_eq!(made["import"]["mapping"], json!({ "phone_number": "Telefon", "first_name": "Vorname" }));
    }
    desk.run_imports();
    let import = desk.get(&path).await.1["imports"][0].clone();
    over(&desk, &import).await;
    let contacts = desk.get(&path.replace("imports", "contacts")).await.1;
    assert_eq!(contacts["contacts"][0]["phone_number"], number(1).as_e164());
    assert_eq!(contacts["contacts"][0]["metadata"], json!({ "phone": number(2).as_e164() }));
}

#[tokio::test]
async fn a_list_that_cannot_be_one_is_refused_and_not_kept() {
    let desk = Desk::open();
    let path = imports_of_a_campaign(&desk).await;
    let list = "phone\n+447700900101\n";
    let of = |list: &str| csv(&desk, &path, list);
    assert_eq!(refused(of("")).await, fault("file", "empty"));
    assert_eq!(refused(of("name\nAda\n")).await, fault("file", "no_number_column"));
    assert_eq!(refused(of("PK\x03\x04")).await, fault("file", "not_text"));
    let with = |query: &str| csv(&desk, &format!("{path}?{query}"), list);
    assert_eq!(refused(with("mapping=phone_number:Telefon")).await, fault("mapping", "no_such_column"));
    assert_eq!(refused(with("mapping=phone:Telefon")).await, fault("mapping", "not_one_of"));
    assert_eq!(refused(with("delimiter=xx")).await, fault("delimiter", "not_one_of"));
    assert_eq!(refused(with("colour=red")).await, fault("colour", "unknown_parameter"));
    assert_eq!(
        refused(form(&desk, &path, &[("mapping", None, "phone_number:phone")])).await,
        fault("file", "required")
    );
    let file = ("file", Some("a.csv"), list);
    assert_eq!(refused(form(&desk, &path, &[file, file])).await, fault("file", "repeated"));
    assert_eq!(refused(form(&desk, &path, &[file, ("colour", None, "red")])).await, fault("colour", "unknown_field"));
    assert_eq!(refused(form(&desk, &path, &[file, ("mapping", None, "{")])).await, fault("mapping", "not_one_of"));
    let json = desk.request(Method::POST, &path).json(&json!({}));
    assert_eq!((refused(json).await.0, lists_kept(&desk)), (415, 0));
    assert_eq!(desk.get(&path).await.1["total"], 0);
}

#[tokio::test]
async fn a_list_that_is_too_long_or_breaks_off_is_refused_and_not_kept() {
    let desk = Desk::open();
    let path = imports_of_a_campaign(&desk).await;
    let long = "phone\n".to_owned() + &"+447700900101\n".repeat(usize::try_from(SPOOL_LIMIT).unwrap() / 14 + 1);
    let announced = refused(csv(&desk, &path, &long)).await;
    assert_eq!((announced.0, announced.1.as_str()), (413, "too_large"));
    let in_a_form = refused(form(&desk, &path, &[("file", Some("a.csv"), &long)])).await;
    assert_eq!((in_a_form.0, in_a_form.1.as_str()), (413, "too_large"));
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let torn = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nphone\n+4477");
    let torn = refused(desk.request(Method::POST, &path).header("Content-Type", kind).body(torn)).await;
    assert_eq!((torn.0, torn.1.as_str()), (400, "unreadable_body"));
    assert_eq!(lists_kept(&desk), 0);
}

#[tokio::test]
async fn a_preview_says_what_would_become_of_the_first_rows_and_writes_nothing() {
    let desk = Desk::open();
    let path = imports_of_a_campaign(&desk).await;
    let contacts = path.replace("imports", "contacts");
    desk.post(&contacts, &json!({ "contacts": [{ "phone_number": number(5).as_e164() }] })).await;
    SuppressionStore::suppress(&desk.store, &dialer_testkit::builders::suppression(OWNER, &number(9))).await.unwrap();
    let mut list = format!(
        "\u{feff}Tel;Vorname;Plan\r\n{one};Ada;gold\r\nring me;;\r\n{one};Bo;\r\n{five};;\r\n{nine};;\r\n;;\r\n",
        one = number(1).as_e164(),
        five = number(5).as_e164(),
        nine = number(9).as_e164(),
    );
    list.extend((100..300).map(|n| [number(n).as_e164(), ";;\r\n"].concat()));
    for path in [
        format!("{path}?preview=true&mapping=first_name:Vorname"),
        format!("{path}/preview?mapping=first_name:Vorname"),
    ] {
        let (status, answer) = answer(csv(&desk, &path, &list)).await;
        assert_eq!(status, 200, "{answer}");
        let preview = &answer["preview"];
        assert_eq!((&preview["delimiter"], &preview["encoding"]), (&json!(";"), &json!("utf-8")));
        assert_eq!((&preview["byte_order_mark"], &preview["total_bytes"]), (&json!(true), &json!(list.len())));
        assert_eq!(preview["header"], json!(["Tel", "Vorname", "Plan"]));
        assert_eq!(preview["mapping"], json!({ "phone_number": "Tel", "first_name": "Vorname" }));
        assert_eq!((&preview["sampled_rows"], preview["contacts"].as_array().unwrap().len()), (&json!(100), 95));
        assert_eq!(preview["contacts"][0]["first_name"], "Ada");
        assert_eq!(preview["contacts"][0]["metadata"], json!({ "Plan": "gold" }));
        let skipped: Vec<_> = preview["skipped"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["line"].as_u64().unwrap(), row["reason"].as_str().unwrap()))
            .collect();
        let expected = [
            (3, "invalid_number"),
            (4, "duplicate_in_file"),
            (5, "duplicate_in_campaign"),
            (6, "dnc_internal"),
            (7, "no_number"),
        ];
        assert_eq!(skipped, expected);
    }
    assert_eq!((&desk.get(&path).await.1["total"], lists_kept(&desk)), (&json!(0), 0));
    assert_eq!(desk.get(&contacts).await.1["total"], 1);
}

#[tokio::test]
async fn an_import_can_be_canceled_until_it_is_over_and_undone_once_it_is() {
    let desk = Desk::open();
    let path = imports_of_a_campaign(&desk).await;
    let list = format!("phone\n{}\n{}\n", number(1).as_e164(), number(2).as_e164());
    let waiting = answer(csv(&desk, &path, &list)).await.1["import"].clone();
    let act = async |import: &Value, what: &str| -> (StatusCode, Value) {
        answer(desk.request(Method::POST, &format!("/imports/{}/{what}", id(import)))).await
    };
    let (status, problem) = act(&waiting, "undo").await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("conflict")));
    let (status, canceled) = act(&waiting, "cancel").await;
    assert_eq!((status.as_u16(), &canceled["import"]["status"]), (200, &json!("canceled")));
    assert_eq!(lists_kept(&desk), 0);
    assert_eq!(act(&waiting, "cancel").await, (status, canceled), "it says the same again");
    desk.run_imports();
    let done = answer(csv(&desk, &path, &list)).await.1["import"].clone();
    over(&desk, &done).await;
    assert_eq!(act(&done, "cancel").await.0, 409);
    let (status, undone) = act(&done, "undo").await;
    assert_eq!((status.as_u16(), &undone["import"]["status"]), (200, &json!("undone")));
    assert_eq!((&undone["import"]["removed"], &undone["import"]["kept"]), (&json!(2), &json!(0)));
    assert_eq!(act(&done, "undo").await.0, 409);
    assert_eq!(desk.get(&path.replace("imports", "contacts")).await.1["total"], 0);
}

#[tokio::test]
async fn imports_are_for_supervisors_and_somebody_else_s_are_not_there() {
    let desk = Desk::open();
    let path = imports_of_a_campaign(&desk).await;
    let import = answer(csv(&desk, &path, "phone\n+447700900101\n")).await.1["import"].clone();
    let one = format!("/imports/{}", id(&import));
    let stranger = |method: Method, path: &str| desk.as_user(STRANGER, Role::Supervisor, method, path);
    let list = |request: RequestBuilder| request.header("Content-Type", "text/csv").body("phone\n+447700900101\n");
    assert_eq!(answer(stranger(Method::GET, &path)).await.0, 404);
    assert_eq!(answer(list(stranger(Method::POST, &path))).await.0, 404);
    assert_eq!(answer(list(stranger(Method::POST, &format!("{path}/preview")))).await.0, 404);
    for (method, path) in [
        (Method::GET, one.clone()),
        (Method::GET, format!("{one}/rows")),
        (Method::GET, format!("{one}/rows?format=csv")),
        (Method::POST, format!("{one}/cancel")),
        (Method::POST, format!("{one}/undo")),
    ] {
        assert_eq!(answer(stranger(method, &path)).await.0, 404, "{path}");
    }
    let agent = |path: &str| desk.as_user(OWNER, Role::Agent, Method::POST, path);
    assert_eq!(answer(list(agent(&path))).await.0, 403);
    assert_eq!(answer(list(agent(&format!("{path}/preview")))).await.0, 403);
    assert_eq!(answer(agent(&format!("{one}/cancel"))).await.0, 403);
    assert_eq!(answer(agent(&format!("{one}/undo"))).await.0, 403);
    assert_eq!(desk.get(&format!("/imports/{NOWHERE}")).await.0, 404);
    assert_eq!(desk.get(&one).await.1["import"]["status"], "queued");
    assert_eq!(lists_kept(&desk), 1);
}

#[tokio::test]
async fn the_list_of_an_import_that_could_not_be_stored_goes_and_one_that_may_be_stored_stays() {
    for (failure, status, kept) in [(Failure::Refused, 409, 0), (Failure::Unknown, 503, 1)] {
        let desk = Desk::open_with(|ports| forgetful(ports, failure));
        let path = imports_of_a_campaign(&desk).await;
        let request = csv(&desk, &path, "phone\n+447700900101\n").header("Idempotency-Key", "one");
        let answer = answer(request).await;
        assert_eq!((answer.0.as_u16(), lists_kept(&desk)), (status, kept), "{}", answer.1);
        assert_eq!(desk.get(&path).await.1["total"], 0);
        // Whoever begins to run imports finds that there is none.
        desk.run_imports();
        while lists_kept(&desk) > 0 {
            tokio::task::yield_now().await;
        }
    }
}
