//! A provider that does what a test tells it to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use dialer_domain::OffsetDateTime;
use dialer_domain::telephony::{
    CallRecord, Capabilities, DialRequest, LiveCall, ProviderCallId, ProviderEvent, ProviderRecording,
    ProviderRecordingId, ProviderUser, RecordingAudio, RequestPriority, Telephony, TelephonyError, TextMessage,
    TransferTarget,
};
use dialer_domain::{PhoneNumber, audio::AudioFormat};
use serde_json::Value;
use tokio::sync::{oneshot, watch};

/// A double of [`Telephony`] that asks nobody. Clones share one script.
///
/// A dial for which nothing was scripted is taken, and the provider calls it `scripted-1`, `scripted-2` and so on.
/// Every list is empty, every user unknown and the provider healthy until the test says otherwise.
///
/// ```
/// use dialer_domain::telephony::{Telephony, TelephonyError};
/// use dialer_testkit::{ScriptedTelephony, builders};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let provider = ScriptedTelephony::new();
/// provider.next_dial_fails(TelephonyError::AgentUnreachable { reason: "no phone".to_owned() });
/// let request = builders::dial(&builders::number(1));
/// assert!(provider.originate(request.clone()).await.is_err());
/// assert!(provider.originate(request).await.is_ok());
/// assert_eq!(provider.placed().len(), 2);
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ScriptedTelephony {
    script: Arc<Mutex<Script>>,
    asked: Arc<watch::Sender<usize>>,
    turns_held: Arc<watch::Sender<bool>>,
}

/// What a provider can be asked besides a dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Query {
    /// [`Telephony::live_calls`].
    LiveCalls,
    /// [`Telephony::call`].
    Call,
    /// [`Telephony::hang_up`].
    HangUp,
    /// [`Telephony::transfer`].
    Transfer,
    /// [`Telephony::call_records_since`].
    CallRecords,
    /// [`Telephony::recordings_since`] and [`Telephony::recording`].
    Recordings,
    /// [`Telephony::recording_audio`].
    RecordingAudio,
    /// [`Telephony::send_sms`].
    Sms,
    /// [`Telephony::numbers`].
    Numbers,
    /// [`Telephony::probe`].
    Probe,
    /// [`Telephony::users`].
    Users,
    /// [`Telephony::health`].
    Health,
}

#[derive(Debug)]
struct Script {
    capabilities: Capabilities,
    answers: VecDeque<Answer>,
    failures: BTreeMap<Query, VecDeque<TelephonyError>>,
    live: Vec<LiveCall>,
    records: Vec<CallRecord>,
    users: Vec<ProviderUser>,
    numbers: Vec<PhoneNumber>,
    recordings: Vec<(ProviderRecording, Vec<u8>)>,
    events: BTreeMap<String, ProviderEvent>,
    placed: Vec<DialRequest>,
    hung_up: Vec<ProviderCallId>,
    transferred: Vec<(ProviderCallId, TransferTarget)>,
    sent: Vec<TextMessage>,
    asked: BTreeMap<Query, usize>,
    named: u64,
}

#[derive(Debug)]
enum Answer {
    Now(Result<ProviderCallId, TelephonyError>),
    Held(oneshot::Receiver<Result<ProviderCallId, TelephonyError>>),
}

/// A dial that the provider has heard of and not answered yet. Dropping it loses the answer
/// ([`TelephonyError::OutcomeUnknown`]).
#[derive(Debug)]
pub struct HeldDial(oneshot::Sender<Result<ProviderCallId, TelephonyError>>);

impl HeldDial {
    /// The provider takes the call and calls it `id`.
    pub fn take(self, id: &str) {
        // Nobody waits any more: then nobody is told.
        let _ = self.0.send(Ok(ProviderCallId::new(id)));
    }

    /// The provider does not.
    pub fn fail(self, error: TelephonyError) {
        let _ = self.0.send(Err(error));
    }
}

impl Default for ScriptedTelephony {
    fn default() -> Self {
        let script = Script {
            capabilities: Capabilities::AGENT_FIRST,
            answers: VecDeque::new(),
            failures: BTreeMap::new(),
            live: Vec::new(),
            records: Vec::new(),
            users: Vec::new(),
            numbers: Vec::new(),
            recordings: Vec::new(),
            events: BTreeMap::new(),
            placed: Vec::new(),
            hung_up: Vec::new(),
            transferred: Vec::new(),
            sent: Vec::new(),
            asked: BTreeMap::new(),
            named: 0,
        };
        Self {
            script: Arc::new(Mutex::new(script)),
            asked: Arc::new(watch::Sender::new(0)),
            turns_held: Arc::new(watch::Sender::new(false)),
        }
    }
}

impl ScriptedTelephony {
    /// A provider that rings the agent first and takes every call.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What the provider can do.
    pub fn set_capabilities(&self, capabilities: Capabilities) {
        self.script().capabilities = capabilities;
    }

    /// Whether requests wait for their turn in the budget, as in a busy minute.
    pub fn hold_turns(&self, held: bool) {
        self.turns_held.send_replace(held);
    }

    /// The next dial for which nothing is scripted yet is taken, and called `id`.
    pub fn next_dial_is(&self, id: &str) {
        self.script().answers.push_back(Answer::Now(Ok(ProviderCallId::new(id))));
    }

    /// The next dial for which nothing is scripted yet fails.
    pub fn next_dial_fails(&self, error: TelephonyError) {
        self.script().answers.push_back(Answer::Now(Err(error)));
    }

    /// The next dial for which nothing is scripted yet waits until the test decides, as while an agent's phone
    /// rings.
    #[must_use]
    pub fn hold_next_dial(&self) -> HeldDial {
        let (sender, receiver) = oneshot::channel();
        self.script().answers.push_back(Answer::Held(receiver));
        HeldDial(sender)
    }

    /// The next time the provider is asked this, it fails. Said twice, it fails twice.
    pub fn fail_next(&self, query: Query, error: TelephonyError) {
        self.script().failures.entry(query).or_default().push_back(error);
    }

    /// The calls that are live from now on.
    pub fn set_live(&self, calls: Vec<LiveCall>) {
        self.script().live = calls;
    }

    /// The call records that the provider keeps from now on.
    pub fn set_records(&self, records: Vec<CallRecord>) {
        self.script().records = records;
    }

    /// The users of the account.
    pub fn set_users(&self, users: Vec<ProviderUser>) {
        self.script().users = users;
    }

    /// The account's numbers.
    pub fn set_numbers(&self, numbers: Vec<PhoneNumber>) {
        self.script().numbers = numbers;
    }

    /// The recordings that the provider keeps from now on, with their audio.
    pub fn set_recordings(&self, recordings: Vec<(ProviderRecording, Vec<u8>)>) {
        self.script().recordings = recordings;
    }

    /// What a body whose `id` is `id` says, when it is read.
    pub fn set_event(&self, id: &str, event: ProviderEvent) {
        self.script().events.insert(id.to_owned(), event);
    }

    /// Every transfer asked for so far, in order.
    #[must_use]
    pub fn transferred(&self) -> Vec<(ProviderCallId, TransferTarget)> {
        self.script().transferred.clone()
    }

    /// Every text message sent so far, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<TextMessage> {
        self.script().sent.clone()
    }

    /// Every dial asked for so far, in order, whatever was answered.
    #[must_use]
    pub fn placed(&self) -> Vec<DialRequest> {
        self.script().placed.clone()
    }

    /// Every call that was asked to end, in order.
    #[must_use]
    pub fn hung_up(&self) -> Vec<ProviderCallId> {
        self.script().hung_up.clone()
    }

    /// How often the provider was asked this.
    #[must_use]
    pub fn times_asked(&self, query: Query) -> usize {
        self.script().asked.get(&query).copied().unwrap_or(0)
    }

    /// Returns once at least `count` dials were asked for.
    pub async fn until_placed(&self, count: usize) {
        // The sender lives as long as `self`, so the channel cannot be closed.
        let _ = self.asked.subscribe().wait_for(|asked| *asked >= count).await;
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The script, once it was noted that `query` was asked, unless it is to fail.
    fn ask(&self, query: Query) -> Result<MutexGuard<'_, Script>, TelephonyError> {
        let mut script = self.script();
        *script.asked.entry(query).or_default() += 1;
        let failure = script.failures.get_mut(&query).and_then(VecDeque::pop_front);
        failure.map_or(Ok(script), Err)
    }
}

impl Script {
    fn answer(&mut self, request: DialRequest) -> Answer {
        self.placed.push(request);
        self.answers.pop_front().unwrap_or_else(|| {
            self.named += 1;
            Answer::Now(Ok(ProviderCallId::new(format!("scripted-{}", self.named))))
        })
    }
}

#[async_trait]
impl Telephony for ScriptedTelephony {
    fn capabilities(&self) -> Capabilities {
        self.script().capabilities
    }

    async fn turn(&self, _: RequestPriority) -> Result<(), TelephonyError> {
        // The sender is ours, so it is there.
        drop(self.turns_held.subscribe().wait_for(|held| !held).await);
        Ok(())
    }

    async fn originate(&self, request: DialRequest) -> Result<ProviderCallId, TelephonyError> {
        let answer = self.script().answer(request);
        self.asked.send_modify(|asked| *asked += 1);
        match answer {
            Answer::Now(answer) => answer,
            Answer::Held(told) => told.await.unwrap_or_else(|_| {
                Err(TelephonyError::OutcomeUnknown { reason: "the test dropped the held dial".to_owned() })
            }),
        }
    }

    async fn live_calls(&self) -> Result<Vec<LiveCall>, TelephonyError> {
        Ok(self.ask(Query::LiveCalls)?.live.clone())
    }

    async fn call(&self, id: &ProviderCallId) -> Result<Option<LiveCall>, TelephonyError> {
        Ok(self.ask(Query::Call)?.live.iter().find(|call| call.id == *id).cloned())
    }

    async fn hang_up(&self, id: &ProviderCallId) -> Result<(), TelephonyError> {
        let mut script = self.ask(Query::HangUp)?;
        script.hung_up.push(id.clone());
        let before = script.live.len();
        script.live.retain(|call| call.id != *id);
        if script.live.len() == before { Err(TelephonyError::NoSuchCall) } else { Ok(()) }
    }

    async fn transfer(&self, id: &ProviderCallId, to: &TransferTarget) -> Result<(), TelephonyError> {
        let mut script = self.ask(Query::Transfer)?;
        if !script.live.iter().any(|call| call.id == *id) {
            return Err(TelephonyError::NoSuchCall);
        }
        script.transferred.push((id.clone(), to.clone()));
        Ok(())
    }

    async fn call_records_since(&self, since: OffsetDateTime) -> Result<Vec<CallRecord>, TelephonyError> {
        let script = self.ask(Query::CallRecords)?;
        let mut records: Vec<_> = script.records.iter().filter(|record| record.started_at >= since).cloned().collect();
        records.sort_by_key(|record| record.started_at);
        Ok(records)
    }

    async fn users(&self) -> Result<Vec<ProviderUser>, TelephonyError> {
        Ok(self.ask(Query::Users)?.users.clone())
    }

    async fn probe(&self) -> Result<Capabilities, TelephonyError> {
        Ok(self.ask(Query::Probe)?.capabilities)
    }

    async fn numbers(&self) -> Result<Vec<PhoneNumber>, TelephonyError> {
        Ok(self.ask(Query::Numbers)?.numbers.clone())
    }

    async fn recordings_since(&self, since: OffsetDateTime) -> Result<Vec<ProviderRecording>, TelephonyError> {
        let script = self.ask(Query::Recordings)?;
        let recordings = script.recordings.iter().map(|(recording, _)| recording);
        let mut recordings: Vec<_> =
            recordings.filter(|recording| recording.started_at.is_none_or(|at| at >= since)).cloned().collect();
        recordings.sort_by_key(|recording| recording.started_at);
        Ok(recordings)
    }

    async fn recording(&self, id: &ProviderRecordingId) -> Result<Option<ProviderRecording>, TelephonyError> {
        let script = self.ask(Query::Recordings)?;
        Ok(script.recordings.iter().map(|(recording, _)| recording).find(|recording| recording.id == *id).cloned())
    }

    async fn recording_audio(
        &self,
        id: &ProviderRecordingId,
    ) -> Result<Option<Box<dyn RecordingAudio>>, TelephonyError> {
        let script = self.ask(Query::RecordingAudio)?;
        let found = script.recordings.iter().find(|(recording, _)| recording.id == *id);
        Ok(found.map(|(recording, audio)| {
            let chunks = audio.chunks(1024).map(<[u8]>::to_vec).collect();
            let audio: Box<dyn RecordingAudio> = Box::new(ScriptedAudio { size: recording.size, chunks });
            audio
        }))
    }

    async fn send_sms(&self, message: &TextMessage) -> Result<String, TelephonyError> {
        let mut script = self.ask(Query::Sms)?;
        script.sent.push(message.clone());
        Ok(format!("sms-{}", script.sent.len()))
    }

    fn read_event(&self, body: &Value) -> Option<ProviderEvent> {
        self.script().events.get(body.get("id")?.as_str()?).cloned()
    }

    async fn health(&self) -> Result<(), TelephonyError> {
        self.ask(Query::Health).map(|_| ())
    }
}

/// Audio whose size is what the recording says, true or not.
struct ScriptedAudio {
    size: Option<u64>,
    chunks: VecDeque<Vec<u8>>,
}

#[async_trait]
impl RecordingAudio for ScriptedAudio {
    fn format(&self) -> AudioFormat {
        AudioFormat::Mpeg
    }

    fn size(&self) -> Option<u64> {
        self.size
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>, TelephonyError> {
        Ok(self.chunks.pop_front())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builders::{T0, dial, live_call, number, record};
    use dialer_domain::Duration;
    use dialer_domain::telephony::{LiveState, RecordResult};

    fn lost() -> TelephonyError {
        TelephonyError::Unavailable { reason: "the line is cut".to_owned() }
    }

    #[tokio::test]
    async fn dials_are_answered_in_the_order_of_the_script_and_taken_after_it() {
        let provider = ScriptedTelephony::new();
        provider.next_dial_is("first");
        provider.next_dial_fails(lost());
        assert_eq!(provider.originate(dial(&number(1))).await.unwrap().as_str(), "first");
        assert!(matches!(provider.originate(dial(&number(2))).await, Err(TelephonyError::Unavailable { .. })));
        assert_eq!(provider.originate(dial(&number(3))).await.unwrap().as_str(), "scripted-1");
        let asked: Vec<_> = provider.placed().into_iter().map(|request| request.to).collect();
        assert_eq!(asked, [number(1), number(2), number(3)]);
    }

    #[tokio::test]
    async fn a_held_dial_waits_for_the_test() {
        let provider = ScriptedTelephony::new();
        let (first, second) = (provider.hold_next_dial(), provider.hold_next_dial());
        let dials: Vec<_> = (0..2)
            .map(|n| {
                let provider = provider.clone();
                tokio::spawn(async move { provider.originate(dial(&number(n))).await })
            })
            .collect();
        provider.until_placed(2).await;
        assert!(dials.iter().all(|dial| !dial.is_finished()));
        first.take("answered");
        drop(second);
        let mut answers = Vec::new();
        for dial in dials {
            answers.push(dial.await.unwrap());
        }
        assert_eq!(answers.iter().filter_map(|answer| answer.as_ref().ok()).count(), 1);
        assert!(answers.iter().any(|answer| matches!(answer, Err(TelephonyError::OutcomeUnknown { .. }))));
    }

    #[tokio::test]
    async fn live_calls_can_be_looked_up_and_hung_up_once() {
        let provider = ScriptedTelephony::new();
        provider.set_live(vec![live_call("7", LiveState::Connected)]);
        let id = ProviderCallId::new("7");
        assert!(provider.call(&id).await.unwrap().is_some());
        provider.hang_up(&id).await.unwrap();
        assert!(matches!(provider.hang_up(&id).await, Err(TelephonyError::NoSuchCall)));
        assert!(provider.live_calls().await.unwrap().is_empty());
        assert_eq!(provider.hung_up(), [id.clone(), id]);
    }

    #[tokio::test]
    async fn records_are_told_from_the_asked_instant_on_oldest_first() {
        let provider = ScriptedTelephony::new();
        let at = |minutes| T0 + Duration::minutes(minutes);
        let records = [2, 0, 1].map(|minutes| record(&minutes.to_string(), RecordResult::Busy, at(minutes)));
        provider.set_records(records.to_vec());
        let told = provider.call_records_since(at(1)).await.unwrap();
        assert_eq!(told.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    }

    #[tokio::test]
    async fn a_failure_is_told_as_often_as_it_was_scripted() {
        let provider = ScriptedTelephony::new();
        provider.fail_next(Query::Health, lost());
        assert!(provider.health().await.is_err());
        assert!(provider.health().await.is_ok());
        assert!(provider.users().await.unwrap().is_empty());
        assert_eq!((provider.times_asked(Query::Health), provider.times_asked(Query::Users)), (2, 1));
    }
}
