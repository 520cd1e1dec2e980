//! SIP messages, one to a WebSocket message (RFC 7118): what is said and what is understood.

use rsipstack::sip::{HasHeaders, Header, HeadersExt, Method, Request, Response, SipMessage, StatusCode, Uri, Version};

use super::dialog_info;

/// What came in.
pub(super) enum Incoming {
    Request(Request),
    Response(Response),
    /// White space, which keeps a connection open. Two line ends ask for one back.
    KeepAlive,
    /// No SIP, or not enough of it to do something with.
    Unreadable,
}

/// Reads one message. The body is what follows the headers, whatever length they tell: the WebSocket frames it.
pub(super) fn read(bytes: &[u8]) -> Incoming {
    if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
        return Incoming::KeepAlive;
    }
    let body = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |end| end + 4);
    match SipMessage::try_from(bytes) {
        Ok(SipMessage::Request(mut request)) => {
            request.body = bytes[body..].to_vec();
            Incoming::Request(request)
        }
        Ok(SipMessage::Response(response)) => Incoming::Response(response),
        Err(_) => Incoming::Unreadable,
    }
}

/// The method and number of the request that a message is, or answers.
pub(super) fn cseq(message: &impl HeadersExt) -> Option<(u32, Method)> {
    let cseq = rsipstack::sip::typed::CSeq::parse(message.cseq_header().ok()?.value()).ok()?;
    Some((cseq.seq, cseq.method))
}

pub(super) fn call_id(message: &impl HeadersExt) -> Option<&str> {
    message.call_id_header().ok().map(|id| id.value().trim())
}

/// The tag in the `To` header.
pub(super) fn to_tag(message: &impl HeadersExt) -> Option<String> {
    let to = rsipstack::sip::typed::To::parse(message.to_header().ok()?.value()).ok()?;
    to.tag().map(|tag| tag.value().to_owned())
}

/// The tag in the `From` header.
pub(super) fn from_tag(message: &impl HeadersExt) -> Option<String> {
    let from = rsipstack::sip::typed::From::parse(message.from_header().ok()?.value()).ok()?;
    from.tag().map(|tag| tag.value().to_owned())
}

/// Where requests within the dialog go.
pub(super) fn contact(message: &impl HeadersExt) -> Option<Uri> {
    let contact = message.contact_header().ok()?;
    rsipstack::sip::typed::Contact::parse_header_list(contact.value()).ok()?.into_iter().next().map(|first| first.uri)
}

/// A header of whole seconds.
pub(super) fn seconds(message: &impl HeadersExt, name: &str) -> Option<u32> {
    let value = message.header_value(name)?;
    value.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// A subscription's state, as a NOTIFY tells it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SubscriptionState {
    pub(super) terminated: bool,
    /// Why it ended, in lower case.
    pub(super) reason: Option<String>,
    /// Seconds until it ends.
    pub(super) expires: Option<u32>,
    /// Seconds to leave the server alone.
    pub(super) retry_after: Option<u32>,
}

/// `Subscription-State`; one that is missing counts as active.
pub(super) fn subscription_state(request: &Request) -> SubscriptionState {
    let value = request.header_value("Subscription-State").unwrap_or_default();
    let mut parts = value.split(';').map(str::trim);
    let terminated = parts.next().is_some_and(|word| word.eq_ignore_ascii_case("terminated"));
    let mut state = SubscriptionState { terminated, reason: None, expires: None, retry_after: None };
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        match name.trim().to_ascii_lowercase().as_str() {
            "reason" => state.reason = Some(value.trim().to_ascii_lowercase()),
            "expires" => state.expires = value.trim().parse().ok(),
            "retry-after" => state.retry_after = value.trim().parse().ok(),
            _ => {}
        }
    }
    state
}

/// Who we are in every message of a connection.
pub(super) struct Identity {
    /// The SIP user.
    pub(super) user: String,
    pub(super) domain: String,
    /// `WS` or `WSS`.
    pub(super) transport: &'static str,
    /// A name for this end of the connection, which has no address of its own.
    pub(super) host: String,
}

/// What is particular to one SUBSCRIBE.
pub(super) struct Subscribe<'a> {
    /// Where it is sent: the agent, or within a dialog what the server has named.
    pub(super) target: &'a Uri,
    /// The user whose dialogs are asked for.
    pub(super) agent: &'a str,
    pub(super) call_id: &'a str,
    pub(super) cseq: u32,
    pub(super) local_tag: &'a str,
    pub(super) remote_tag: Option<&'a str>,
    pub(super) routes: &'a [String],
    pub(super) expires: u32,
    pub(super) branch: &'a str,
    pub(super) credentials: Option<Header>,
}

impl Identity {
    /// The address of a user of the account.
    pub(super) fn address_of(&self, user: &str) -> Uri {
        Uri::try_from(format!("sip:{user}@{}", self.domain).as_str()).unwrap_or_default()
    }

    pub(super) fn subscribe(&self, subscribe: Subscribe<'_>) -> Vec<u8> {
        let Self { user, domain, transport, host } = self;
        let to_tag = subscribe.remote_tag.map(|tag| format!(";tag={tag}")).unwrap_or_default();
        let mut headers = vec![
            Header::Via(format!("SIP/2.0/{transport} {host};branch=z9hG4bK{}", subscribe.branch).into()),
            Header::MaxForwards("70".into()),
        ];
        headers.extend(subscribe.routes.iter().map(|route| Header::Route(route.as_str().into())));
        headers.extend([
            Header::From(format!("<sip:{user}@{domain}>;tag={}", subscribe.local_tag).into()),
            Header::To(format!("<sip:{}@{domain}>{to_tag}", subscribe.agent).into()),
            Header::CallId(subscribe.call_id.into()),
            Header::CSeq(format!("{} SUBSCRIBE", subscribe.cseq).into()),
            Header::Contact(format!("<sip:{user}@{host};transport=ws>").into()),
            Header::Event("dialog".into()),
            Header::Expires(subscribe.expires.to_string().into()),
            Header::Accept(dialog_info::CONTENT_TYPE.into()),
            Header::UserAgent(concat!("dialer/", env!("CARGO_PKG_VERSION")).into()),
        ]);
        headers.extend(subscribe.credentials);
        headers.push(Header::ContentLength("0".into()));
        let request = Request {
            method: Method::Subscribe,
            uri: subscribe.target.clone(),
            version: Version::V2,
            headers: headers.into(),
            body: Vec::new(),
        };
        request.to_bytes()
    }
}

/// The answer to a request.
pub(super) fn answer(request: &Request, status: StatusCode) -> Vec<u8> {
    let repeated = |header: &&Header| {
        matches!(header, Header::Via(_) | Header::From(_) | Header::To(_) | Header::CallId(_) | Header::CSeq(_))
    };
    let mut headers: Vec<Header> = request.headers().iter().filter(repeated).cloned().collect();
    if status == StatusCode::MethodNotAllowed {
        headers.push(Header::Allow("NOTIFY, OPTIONS".into()));
    }
    headers.push(Header::ContentLength("0".into()));
    Response { status_code: status, headers: headers.into(), ..Response::default() }.to_bytes()
}
