//! A client that goes away in the middle of a file: nobody reads on for it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use dialer_domain::dispositions::RecordedDisposition;
use dialer_domain::dispositions::store::DispositionFilter;
use dialer_domain::exports::{CallExportFilter, Cursor, ExportReader};
use dialer_domain::ids::DispositionId;
use dialer_domain::{Call, CallId, Role, Scope, StoreError};
use dialer_testkit::builders;
use tokio::sync::mpsc;

use crate::desk::{Desk, OWNER, T0};

/// A list of calls without an end. The pages from the fourth on take for ever to read.
struct Endless {
    pages: AtomicUsize,
    told: mpsc::UnboundedSender<Told>,
}

#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// A page is being read that will never come.
    Reading,
    /// Whoever read it has given up.
    GivenUp,
}

/// A question to the database that goes on until it is dropped.
struct Question(mpsc::UnboundedSender<Told>);

impl Drop for Question {
    fn drop(&mut self) {
        let _ = self.0.send(Told::GivenUp);
    }
}

#[async_trait]
impl ExportReader for Endless {
    async fn calls_after(
        &self,
        _: Scope,
        _: &CallExportFilter,
        _: Option<Cursor<CallId>>,
        limit: u16,
    ) -> Result<Vec<Call>, StoreError> {
        if self.pages.fetch_add(1, Ordering::SeqCst) >= 3 {
            let _question = Question(self.told.clone());
            let _ = self.told.send(Told::Reading);
            std::future::pending::<()>().await;
        }
        Ok((0..limit).map(|_| builders::call().owner(OWNER).started_at(T0).build()).collect())
    }

    async fn dispositions_after(
        &self,
        _: Scope,
        _: DispositionFilter,
        _: Option<Cursor<DispositionId>>,
        _: u16,
    ) -> Result<Vec<RecordedDisposition>, StoreError> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn the_database_s_work_for_a_file_ends_when_its_client_goes_away() {
    let (told, mut heard) = mpsc::unbounded_channel();
    let endless = Arc::new(Endless { pages: AtomicUsize::new(0), told });
    let desk = Desk::open_with(|mut ports| {
        ports.stores.exports = endless.clone();
        ports
    });
    let address = desk.base_url.strip_prefix("http://").unwrap();
    let token = desk.token(OWNER, Role::Agent);
    let mut socket = TcpStream::connect(address).unwrap();
    let request =
        format!("GET /api/dialer/calls/export HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    // The client reads until the server waits for the database, so that only the client's going can end that.
    let reading = tokio::task::spawn_blocking(move || {
        let mut bytes = vec![0; 16 * 1024];
        let mut text = Vec::new();
        while String::from_utf8_lossy(&text).lines().count() < 1_501 {
            let read = socket.read(&mut bytes).unwrap();
            assert!(read > 0, "the file ended");
            text.extend_from_slice(&bytes[..read]);
        }
        socket
    });
    assert_eq!(heard.recv().await, Some(Told::Reading));
    let socket = reading.await.unwrap();
    assert!(heard.try_recv().is_err(), "it is being read for whoever is there");
    drop(socket);
    assert_eq!(heard.recv().await, Some(Told::GivenUp));
    assert_eq!(endless.pages.load(Ordering::SeqCst), 4, "nothing more was asked");
}
