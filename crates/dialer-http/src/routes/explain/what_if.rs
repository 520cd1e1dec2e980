//! What a campaign would meet at an instant, on the wire.

use dialer_domain::OffsetDateTime;
use dialer_domain::eligibility::RefusalCode;
use dialer_domain::explain::WhatIf;
use dialer_domain::rules::RuleRef;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Params, RequestQuery};
use crate::stamp::Stamp;

pub(super) struct WhatIfQuery {
    pub(super) at: Option<OffsetDateTime>,
}

impl RequestQuery for WhatIfQuery {
    fn read(params: &mut Params) -> Self {
        Self { at: params.instant("at", "The instant that is asked about; now when it is not given") }
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct WhatIfAnswer {
    what_if: WhatIfView,
}

/// Contacts by what would be decided about each.
#[derive(Serialize, ToSchema)]
struct WhatIfView {
    at: Stamp,
    /// All contacts of the campaign.
    contacts: u64,
    /// Contacts that may be called then.
    callable: u64,
    /// The others, most first.
    refused: Vec<RefusedView>,
}

/// Contacts that are refused alike.
#[derive(Serialize, ToSchema)]
struct RefusedView {
    code: RefusalCode,
    /// The rule that refuses; null where it is the campaign, the contact or its owner.
    rule: Option<RuleRef>,
    contacts: u64,
    /// When the first of them may be called; null when time alone does not help.
    first_at: Option<Stamp>,
}

impl From<WhatIf> for WhatIfAnswer {
    fn from(what_if: WhatIf) -> Self {
        let contacts = what_if.contacts();
        let mut refused: Vec<RefusedView> = what_if
            .refused
            .into_iter()
            .map(|((code, rule), like)| RefusedView {
                code,
                rule,
                contacts: like.contacts,
                first_at: like.first_at.map(Into::into),
            })
            .collect();
        refused.sort_by_key(|like| std::cmp::Reverse(like.contacts));
        Self { what_if: WhatIfView { at: what_if.at.into(), contacts, callable: what_if.callable, refused } }
    }
}
