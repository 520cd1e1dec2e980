//! Servers that speak HTTP badly, or not at all.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a server does after its words.
#[derive(Clone, Copy)]
pub(crate) enum Then {
    Close,
    /// Keeps the connection, and says no more.
    Stall,
}

/// A server that reads each request to its end and sends `answer`.
pub(crate) async fn says(answer: &'static [u8], then: Then) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                read_request(&mut stream).await;
                let _ = stream.write_all(answer).await;
                match then {
                    Then::Close => drop(stream.shutdown().await),
                    // Until the other side gives up.
                    Then::Stall => drop(stream.read(&mut [0; 64]).await),
                }
            });
        }
    });
    url
}

async fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return;
            }
        }
        match stream.read(&mut piece).await {
            Ok(read) if read > 0 => request.extend_from_slice(&piece[..read]),
            _ => return,
        }
    }
}
