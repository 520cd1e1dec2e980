//! The provider on a socket: actix-web in front, and connections that can be cut.

use std::any::Any;
use std::convert::Infallible;
use std::future::ready;
use std::io::{self, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;

use actix_web::body::SizedStream;
use actix_web::dev::{Extensions, Server};
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpResponseBuilder, HttpServer, web};
use dialer_domain::Clock;
use futures_util::{StreamExt, stream};
use time::Duration;

use super::answer::{Answer, Reply};
use super::provider::{Provider, Request};

/// Idle clients keep their connection this long: closing it under them would be a fault that nobody asked for.
const KEEP_ALIVE: std::time::Duration = std::time::Duration::from_mins(5);

/// No HTTP client reads a header name with a blank in it.
const GARBLED: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nretry later: please\r\n\r\n";

/// Serves `provider` on `listener`; one worker is enough, as all work is short or waiting.
pub(super) fn serve(listener: TcpListener, provider: web::Data<Provider>) -> io::Result<Server> {
    let app = move || App::new().app_data(provider.clone()).default_service(web::to(answer));
    let server = HttpServer::new(app)
        .workers(1)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(0)
        .disable_signals()
        .on_connect(remember_connection)
        .listen(listener)?;
    Ok(server.run())
}

async fn answer(request: HttpRequest, body: web::Bytes, provider: web::Data<Provider>) -> HttpResponse {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let asked = Request {
        method: request.method().as_str(),
        path: request.path(),
        query: request.query_string(),
        token: header("x-auth-token"),
        authorization: header("authorization"),
        body: &body,
    };
    match provider.reply(&asked).await {
        Reply::Answer(answer) => {
            let mut response = begin(&answer);
            match answer.content() {
                Some((content_type, bytes)) => response.content_type(content_type).body(bytes),
                None => response.finish(),
            }
        }
        Reply::Halting(answer, delay) => halting(&answer, delay, Arc::clone(&provider.clock)),
        Reply::Closed => cut(&request, b""),
        Reply::Garbled => cut(&request, GARBLED),
    }
}

fn begin(answer: &Answer) -> HttpResponseBuilder {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    if let Some(seconds) = answer.retry_after_seconds {
        response.insert_header(("retry-after", seconds.to_string()));
    }
    response
}

/// Sends half of the body, waits, and sends the rest.
fn halting(answer: &Answer, delay: Duration, clock: Arc<dyn Clock>) -> HttpResponse {
    let mut response = begin(answer);
    let Some((content_type, bytes)) = answer.content() else { return response.finish() };
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut first = web::Bytes::from(bytes);
    let second = first.split_off(first.len() / 2);
    let late = async move {
        clock.sleep(delay).await;
        Ok::<_, Infallible>(second)
    };
    let parts = stream::once(ready(Ok(first))).chain(stream::once(late));
    response.content_type(content_type).body(SizedStream::new(length, Box::pin(parts)))
}

/// A second handle on a client's socket.
struct Connection(TcpStream);

fn remember_connection(connection: &dyn Any, data: &mut Extensions) {
    if let Some(Ok(stream)) = connection.downcast_ref::<actix_web::rt::net::TcpStream>().map(duplicate) {
        data.insert(Connection(stream));
    }
}

#[cfg(unix)]
fn duplicate(stream: &actix_web::rt::net::TcpStream) -> io::Result<TcpStream> {
    use std::os::fd::AsFd;
    Ok(stream.as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn duplicate(stream: &actix_web::rt::net::TcpStream) -> io::Result<TcpStream> {
    use std::os::windows::io::AsSocket;
    Ok(stream.as_socket().try_clone_to_owned()?.into())
}

/// Sends `last_words` past actix, then closes the connection. What is returned reaches nobody.
fn cut(request: &HttpRequest, last_words: &[u8]) -> HttpResponse {
    if let Some(Connection(stream)) = request.conn_data::<Connection>() {
        let mut stream: &TcpStream = stream;
        let sent = stream.write_all(last_words).and_then(|()| stream.shutdown(Shutdown::Both));
        if let Err(error) = sent {
            tracing::debug!(%error, "the client had closed the connection already");
        }
    }
    HttpResponse::InternalServerError().force_close().finish()
}
