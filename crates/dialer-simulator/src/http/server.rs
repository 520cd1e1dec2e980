//! The provider on a socket: actix-web in front, and connections that can be cut.

use std::any::Any;
use std::io::{self, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use actix_web::dev::{Extensions, Server};
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

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
    let token = request.headers().get("x-auth-token").and_then(|value| value.to_str().ok());
    let asked = Request {
        method: request.method().as_str(),
        path: request.path(),
        query: request.query_string(),
        token,
        body: &body,
    };
    match provider.reply(&asked).await {
        Reply::Answer(answer) => response(answer),
        Reply::Closed => cut(&request, b""),
        Reply::Garbled => cut(&request, GARBLED),
    }
}

fn response(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    if let Some(seconds) = answer.retry_after_seconds {
        response.insert_header(("retry-after", seconds.to_string()));
    }
    match answer.body {
        Some(body) => response.json(body),
        None => response.finish(),
    }
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
