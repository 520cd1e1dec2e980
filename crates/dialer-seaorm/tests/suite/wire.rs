//! What goes over the wire to `PostgreSQL`: how many requests a question takes, counted between program and server.

use std::sync::{Arc, Mutex};

use dialer_domain::calls::store::{CallFilter, CallStore};
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::{CallStatus, Campaign, PageRequest, Scope};
use dialer_seaorm::testing::fresh_postgres;
use dialer_seaorm::{ConnectOptions, Database};
use dialer_testkit::builders::{call, campaign, contact};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What the program has sent: the text of each simple query, and `execute` for each prepared statement that was run.
#[derive(Clone, Default)]
struct Tap {
    sent: Arc<Mutex<Vec<String>>>,
}

impl Tap {
    /// The database at `url` through a tap, over one connection.
    async fn on(url: &str) -> (Database, Self) {
        let tap = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (before, rest) = url.split_once('@').unwrap();
        let (server, name) = rest.split_once('/').unwrap();
        let tapped = format!("{before}@{}/{name}", listener.local_addr().unwrap());
        let (server, sent) = (server.to_owned(), tap.sent.clone());
        tokio::spawn(async move {
            while let Ok((program, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(pass_on(program, server, sent.clone()));
            }
        });
        let options = ConnectOptions { max_connections: 1, ..ConnectOptions::default() };
        (Database::connect(&tapped, options).await.unwrap(), tap)
    }

    /// What has been sent since it was asked last.
    fn sent(&self) -> Vec<String> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }
}

async fn pass_on(mut program: TcpStream, mut server: TcpStream, sent: Arc<Mutex<Vec<String>>>) {
    let (from_program, mut to_program) = program.split();
    let (mut from_server, to_server) = server.split();
    tokio::select! {
        _ = note(from_program, to_server, &sent) => {}
        _ = tokio::io::copy(&mut from_server, &mut to_program) => {}
    }
}

async fn note(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, sent: &Mutex<Vec<String>>) -> std::io::Result<()> {
    // The question for TLS, of eight bytes, and the one that starts the connection have no kind.
    loop {
        let first = message(&mut from).await?;
        to.write_all(&first).await?;
        if first.len() > 8 {
            break;
        }
    }
    loop {
        let kind = from.read_u8().await?;
        let rest = message(&mut from).await?;
        match kind {
            b'Q' => sent.lock().unwrap().push(String::from_utf8_lossy(&rest[4..rest.len() - 1]).into_owned()),
            b'E' => sent.lock().unwrap().push("execute".to_owned()),
            _ => {}
        }
        to.write_all(&[&[kind], rest.as_slice()].concat()).await?;
    }
}

/// The length and the body of a message.
async fn message(from: &mut ReadHalf<'_>) -> std::io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.resize(usize::try_from(length).unwrap(), 0);
    from.read_exact(&mut bytes[4..]).await?;
    Ok(bytes)
}

async fn given_campaign(db: &Database) -> Campaign {
    let list = campaign().build();
    CampaignStore::add(db, &list).await.unwrap();
    list
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_calls_and_its_total_are_one_statement() {
    let test = fresh_postgres().await;
    let call = call().build();
    CallStore::add(&test.db, &call).await.unwrap();
    let (db, tap) = Tap::on(&test.url).await;
    let (mine, page) = (Scope::User(call.user_id), PageRequest::default());
    for status in [None, Some(CallStatus::Initiated)] {
        let filter = CallFilter { status, ..CallFilter::default() };
        // The first time a statement is prepared.
        assert_eq!(CallStore::list(&db, mine, filter, page).await.unwrap().total, 1);
        db.ping().await.unwrap();
        tap.sent();
        assert_eq!(CallStore::list(&db, mine, filter, page).await.unwrap().total, 1);
        let mut sent = tap.sent();
        // The end of the transaction may or may not have been sent by now: nobody waits for it.
        sent.retain(|message| message != "ROLLBACK");
        assert_eq!(sent.len(), 2, "{sent:#?}");
        assert!(sent[0].ends_with("BEGIN READ ONLY"), "{sent:#?}");
        assert_eq!(sent[1], "execute");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_contacts_are_added_with_as_many_statements_as_one() {
    let test = fresh_postgres().await;
    let (db, tap) = Tap::on(&test.url).await;
    let list = given_campaign(&test.db).await;
    let mut statements = Vec::new();
    for count in [1, 1, 1_000, 10_000] {
        let contacts = (0..count).map(|_| contact(list.id).build()).collect();
        db.ping().await.unwrap();
        tap.sent();
        let added = db.import(Scope::User(list.user_id), list.id, contacts).await.unwrap().added.len();
        assert_eq!(added, count);
        statements.push((count, tap.sent()));
    }
    let first = statements[0].1.clone();
    assert_eq!(first.len(), 5, "begin, find the campaign, store, note the event, commit: {first:#?}");
    for (count, sent) in statements {
        assert_eq!(sent, first, "{count} contacts");
    }
}
