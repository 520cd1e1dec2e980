//! What is known of one agent's calls, and which news a document adds to it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use dialer_domain::calls::Direction;
use dialer_domain::telephony::{AgentLine, LegNews, LiveState, ProviderCallId};

use super::dialog_info::{Dialog, Document};

/// Dialogs remembered as over: some servers list them for a while.
const REMEMBERED: usize = 64;
/// Dialogs of one agent that are followed at a time.
const MOST_LIVING: usize = 1_000;

/// The calls of one agent. Outlives connections, so that what was told once is not told again after a break.
pub(super) struct AgentBook {
    agent: AgentLine,
    /// Dialogs that are not over, by their ids.
    living: BTreeMap<String, Dialog>,
    over: VecDeque<String>,
    /// The state last told of each call that is not over.
    told: HashMap<ProviderCallId, LiveState>,
}

impl AgentBook {
    pub(super) fn new(agent: AgentLine) -> Self {
        Self { agent, living: BTreeMap::new(), over: VecDeque::new(), told: HashMap::new() }
    }

    /// Takes a document in, and returns what it changes: one piece of news a call at most.
    ///
    /// A call is as far as its farthest dialog, and over with its last one. A dialog that a full document does not
    /// list any more is over too; should it turn up again, the call is told anew.
    pub(super) fn apply(&mut self, document: Document) -> Vec<LegNews> {
        let mut touched: BTreeMap<ProviderCallId, Dialog> = BTreeMap::new();
        let listed: BTreeSet<String> = document.dialogs.iter().map(|dialog| dialog.id.clone()).collect();
        for dialog in document.dialogs {
            if self.over.contains(&dialog.id) {
                continue;
            }
            let dialog = self.completed(dialog);
            if dialog.state == LiveState::HangUp {
                self.living.remove(&dialog.id);
                self.over.push_back(dialog.id.clone());
                self.over.drain(..self.over.len().saturating_sub(REMEMBERED));
            } else if self.living.len() < MOST_LIVING || self.living.contains_key(&dialog.id) {
                self.living.insert(dialog.id.clone(), dialog.clone());
            } else {
                continue;
            }
            touched.insert(dialog.call.clone(), dialog);
        }
        if document.full {
            for (_, gone) in self.living.extract_if(.., |id, _| !listed.contains(id)) {
                touched.insert(gone.call.clone(), gone);
            }
        }
        touched.into_iter().filter_map(|(call, dialog)| self.tell(call, &dialog)).collect()
    }

    /// `dialog` with what an earlier document told and this one leaves out.
    fn completed(&self, mut dialog: Dialog) -> Dialog {
        if let Some(known) = self.living.get(&dialog.id) {
            if dialog.state == LiveState::Unknown {
                dialog.state = known.state;
            }
            dialog.direction = dialog.direction.or(known.direction);
            dialog.remote = dialog.remote.or_else(|| known.remote.clone());
            dialog.started_at = dialog.started_at.or(known.started_at);
        }
        dialog
    }

    fn tell(&mut self, call: ProviderCallId, dialog: &Dialog) -> Option<LegNews> {
        let farthest =
            self.living.values().filter(|living| living.call == call).max_by_key(|living| rank(living.state));
        let (state, dialog) = farthest.map_or((LiveState::HangUp, dialog), |living| (living.state, living));
        if self.told.get(&call) == Some(&state) {
            return None;
        }
        let outbound = dialog.direction == Some(Direction::Outbound);
        let inbound = dialog.direction == Some(Direction::Inbound);
        let news = LegNews {
            leg: call.clone(),
            root: None,
            state,
            last: None,
            direction: dialog.direction,
            agent: Some(self.agent.clone()),
            from_digits: dialog.remote.clone().filter(|_| inbound),
            to_digits: dialog.remote.clone().filter(|_| outbound),
            started_at: dialog.started_at,
            connected_at: None,
            talk_seconds: None,
            result: None,
            cause: None,
        };
        if state == LiveState::HangUp {
            self.told.remove(&call);
        } else {
            self.told.insert(call, state);
        }
        Some(news)
    }
}

/// How far a dialog has come, next to others of its call.
fn rank(state: LiveState) -> u8 {
    match state {
        LiveState::HangUp => 0,
        LiveState::Unknown => 1,
        LiveState::Initial => 2,
        LiveState::Ringing => 3,
        LiveState::OnHold => 4,
        LiveState::Connected => 5,
    }
}
