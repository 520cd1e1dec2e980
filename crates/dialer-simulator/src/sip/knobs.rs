//! How the account's SIP server behaves, and what goes wrong there.

use serde::{Deserialize, Serialize};

/// Knobs of live events over SIP. What the real server does is known from the vendor's connector only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SipKnobs {
    /// Who asks for credentials. Default: the server itself, 401 (`A`).
    pub challenge: SipChallenge,
    /// What a NOTIFY lists after the first of a subscription, which lists everything. Default: what changed (`A`).
    pub bodies: SipBodies,
    /// How documents are numbered. Default: one by one (`A`).
    pub versions: SipVersions,
    /// Longest expiry that is granted, in seconds. Default: 3600 (`A`).
    pub longest_expiry: u32,
    /// Shortest expiry that is granted, in seconds; shorter ones are refused with 423. Default: 30 (`A`).
    pub shortest_expiry: u32,
    /// Refuses credentials, right ones too. Default: no.
    pub refuse_credentials: bool,
    /// Cuts a connection after so many NOTIFY requests on it. Default: never.
    pub cut_after: Option<u32>,
    /// Ends a subscription as `deactivated` after so many NOTIFY requests. Default: never.
    pub deactivate_after: Option<u32>,
    /// Which NOTIFY of a subscription gets lost, from 0. Default: none.
    pub lose: Option<u32>,
    /// Which NOTIFY of a subscription has a body that is no XML, from 0. Default: none.
    pub garble: Option<u32>,
    /// Whether documents are full of things that nobody has heard of. Default: no.
    pub oddities: bool,
}

impl Default for SipKnobs {
    fn default() -> Self {
        Self {
            challenge: SipChallenge::Unauthorized,
            bodies: SipBodies::Partial,
            versions: SipVersions::Counted,
            longest_expiry: 3_600,
            shortest_expiry: 30,
            refuse_credentials: false,
            cut_after: None,
            deactivate_after: None,
            lose: None,
            garble: None,
            oddities: false,
        }
    }
}

/// How credentials are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SipChallenge {
    /// 401 and `WWW-Authenticate`.
    Unauthorized,
    /// 407 and `Proxy-Authenticate`.
    Proxy,
}

/// What a NOTIFY lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SipBodies {
    /// All dialogs that are not over; one that is over is not listed any more.
    Full,
    /// The dialogs that changed, with their end.
    Partial,
}

/// How documents are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SipVersions {
    /// 0, 1, 2 and so on.
    Counted,
    /// Always 0.
    AlwaysZero,
    /// No number, but a word.
    Words,
}
