//! `kill -9` in the middle of an upload: the next start leaves nothing of it.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::process::{Place, Serving, client};

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Begins to send a long body and waits until the first of it is in a file.
fn begin(serving: &Serving, token: &str, request: &str, kind: &str, first: &[u8], folder: &Path) -> TcpStream {
    let address = serving.base_url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    let head = format!(
        "{request} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\n\
         Content-Length: 100000\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(first).unwrap();
    while files(folder).is_empty() {
        std::thread::yield_now();
    }
    socket
}

#[tokio::test]
async fn an_upload_whose_program_is_killed_leaves_no_file_after_the_next_start() {
    let place = Place::new();
    let token = place.token(&[]);
    let data = place.path().join("dialer-data");
    let (audio, imports) = (data.join("audio"), data.join("imports"));
    let serving = place.serve(&[]);
    let make = async |path: &str, body: Value| -> Value {
        let made = client().post(format!("{}/api/dialer{path}", serving.base_url)).bearer_auth(&token).json(&body);
        made.send().await.unwrap().json().await.unwrap()
    };
    let drop = make("/voicemail-drops", json!({ "name": "A" })).await;
    let path = format!("/api/dialer/voicemail-drops/{}/audio", drop["voicemail_drop"]["id"].as_str().unwrap());
    let whole = client().put(format!("{}{path}", serving.base_url)).bearer_auth(&token);
    let whole = whole.header("content-type", "audio/mpeg").body("ID3 whole").send().await.unwrap();
    assert_eq!(whole.status(), 200);
    let kept = files(&audio);
    assert_eq!(kept.len(), 1);

    let campaign = make("/campaigns", json!({ "name": "A", "type": "power" })).await;
    let list = format!("POST /api/dialer/campaigns/{}/imports", campaign["campaign"]["id"].as_str().unwrap());
    let drop = make("/voicemail-drops", json!({ "name": "B" })).await;
    let id = drop["voicemail_drop"]["id"].as_str().unwrap();
    let sound = format!("PUT /api/dialer/voicemail-drops/{id}/audio");
    let first = begin(&serving, &token, &list, "text/csv", b"phone\n", &imports);
    let second = begin(&serving, &token, &sound, "audio/mpeg", b"ID3", &audio);
    while files(&audio).len() < 2 {
        std::thread::yield_now();
    }
    serving.end_with("-KILL");
    // The sockets were open until now.
    std::mem::drop([first, second]);
    assert_eq!((files(&audio).len(), files(&imports).len()), (2, 1), "nobody could tidy up");

    let _serving = place.serve(&[]);
    assert_eq!((files(&audio), files(&imports)), (kept, vec![]));
}
