//! Events of the provider wait until they are read, and count once.

use dialer_domain::OffsetDateTime;
use dialer_domain::telephony::inbox::{EventFate, ReadEvent, ReceivedEvent};
use serde_json::json;

use super::Stage;
use super::scene::minute;
use crate::builders;

fn event(id: &str, at: OffsetDateTime) -> ReceivedEvent {
    ReceivedEvent { event_id: id.to_owned(), body: json!({ "id": id, "event_name": "call.ringing" }), received_at: at }
}

fn passed_over(id: &str) -> ReadEvent {
    ReadEvent { event_id: id.to_owned(), fate: EventFate::PassedOver, call: None }
}

async fn waiting(stores: &Stage) -> Vec<String> {
    stores.inbox.waiting(100).await.unwrap().into_iter().map(|event| event.event_id).collect()
}

/// The same event may be sent again, also after it was read.
pub async fn an_event_that_comes_again_is_stored_once(stores: &Stage) {
    assert!(stores.inbox.receive(&event("a", minute(1))).await.unwrap());
    assert!(!stores.inbox.receive(&event("a", minute(2))).await.unwrap());
    assert_eq!(stores.inbox.waiting(100).await.unwrap(), [event("a", minute(1))]);
    stores.inbox.settle(&[passed_over("a")]).await.unwrap();
    assert!(!stores.inbox.receive(&event("a", minute(3))).await.unwrap());
    assert!(waiting(stores).await.is_empty());
}

/// Events are read in the order in which they came, a handful at a time.
pub async fn events_wait_in_the_order_in_which_they_came(stores: &Stage) {
    for (n, id) in ["c", "a", "b"].into_iter().enumerate() {
        let at = minute(i64::try_from(n).unwrap());
        stores.inbox.receive(&event(id, at)).await.unwrap();
    }
    assert_eq!(waiting(stores).await, ["c", "a", "b"]);
    assert_eq!(stores.inbox.waiting(2).await.unwrap().len(), 2);
    stores.inbox.settle(&[passed_over("c"), passed_over("b"), passed_over("nobody")]).await.unwrap();
    assert_eq!(waiting(stores).await, ["a"]);
}

/// An event may tell of a call; the call may be deleted later.
pub async fn what_became_of_an_event_is_noted_once(stores: &Stage) {
    let call = builders::call().build();
    stores.calls.add(&call).await.unwrap();
    stores.inbox.receive(&event("a", minute(1))).await.unwrap();
    let applied = ReadEvent { event_id: "a".to_owned(), fate: EventFate::Applied, call: Some(call.id) };
    stores.inbox.settle(&[applied]).await.unwrap();
    stores.inbox.settle(&[passed_over("a")]).await.unwrap();
    assert!(waiting(stores).await.is_empty());
}

/// Old events go; those that wait stay, however old.
pub async fn only_events_that_were_read_are_forgotten(stores: &Stage) {
    for (id, at) in [("old", 1), ("old and waiting", 1), ("new", 5)] {
        stores.inbox.receive(&event(id, minute(at))).await.unwrap();
    }
    stores.inbox.settle(&[passed_over("old"), passed_over("new")]).await.unwrap();
    assert_eq!(stores.inbox.forget(minute(5)).await.unwrap(), 1);
    assert_eq!(stores.inbox.forget(minute(5)).await.unwrap(), 0);
    assert_eq!(waiting(stores).await, ["old and waiting"]);
    assert!(!stores.inbox.receive(&event("new", minute(6))).await.unwrap());
}
