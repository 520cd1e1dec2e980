"""What schemathesis cannot know from the OpenAPI document: formats of ours, files, and what is checked against the clock."""

import uuid
from datetime import datetime, timedelta, timezone

import schemathesis
from hypothesis import strategies as st

NUMBERS = st.one_of(  # that are kept free for fiction, so that nobody has them
    st.integers(7_700_900_000, 7_700_900_999).map(lambda n: f"+44{n}"),
    st.integers(100, 199).map(lambda n: f"+1212555{n:04}"),
)
schemathesis.openapi.format("phone-number", NUMBERS)
schemathesis.openapi.format("time-zone", st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Kolkata"]))
schemathesis.openapi.format("column-mapping", st.just("phone_number:Phone"))

CSV = st.lists(NUMBERS, min_size=1, max_size=5).map(lambda numbers: "\r\n".join(["Phone,First", *(f"{number},Ada" for number in numbers), ""]).encode())
schemathesis.openapi.media_type("text/csv", CSV)
# A copy of a register: a number on each line.
LINES = st.lists(NUMBERS, min_size=1, max_size=5).map(lambda numbers: "".join(f"{number}\n" for number in numbers).encode())
schemathesis.openapi.media_type("text/plain", LINES)
# The header of a WAV file and a moment of silence.
WAV = b"RIFF\x34\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0data\x10\0\0\0" + b"\x80" * 16
schemathesis.openapi.media_type("audio/wav", st.just(WAV))
schemathesis.openapi.media_type("audio/mpeg", st.just(b"ID3\4\0\0\0\0\0\0" + b"\xff\xfb\x90\x64" + b"\0" * 413))
schemathesis.openapi.media_type("audio/ogg", st.just(b"OggS\0\2" + b"\0" * 20))


@schemathesis.deserializer("audio/*")
def audio(context, response):
    return response.content.decode("latin-1")


schemathesis.openapi.format("entity-tags", st.sampled_from(["*", '"0"']))


@schemathesis.hook
def filter_case(context, case):
    """An empty parameter counts as left out, which no schema can say; and the lists made here have commas."""
    query, body = case.query or {}, case.body if isinstance(case.body, dict) else {}
    delimiters = (query.get("delimiter"), body.get("delimiter"))
    if case.meta.generation.mode.is_positive and any(given not in (None, ",", "comma") for given in delimiters):
        return False
    # The tool takes the provider's `call_id` of an answer, which may be null, for the id that others ask for.
    return all(value not in ("", [""], None, "null") for value in query.values())


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes of what the document allows what it means: a key for each request, dates that lie ahead."""
    if not case.meta.generation.mode.is_positive:
        return
    if "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    query = case.query or {}
    if {"start_date", "end_date"} <= query.keys():
        query["end_date"] = query["start_date"]
    if case.path.endswith("/refusals") and "from" in query:
        query["to"] = query["from"]
    if "copied_on" in query:
        query["copied_on"] = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    if not str(query.get("reason", "a reason")).strip():
        query["reason"] = "asked for it"
    if isinstance(case.body, dict) and case.media_type == "application/json":
        case.body = whole(case.body)
        ahead = (datetime.now(timezone.utc) + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
        entries = [entry for entry in case.body.get("consents") or [] if isinstance(entry, dict)]
        for body in [case.body, *entries]:
            for name in ("follow_up_date", "expires_at", "ends_at"):
                # A call's own end lies behind it.
                if isinstance(body.get(name), str) and "/calls/" not in case.path:
                    body[name] = ahead
        for entry in entries:
            if entry.get("act") == "granted":
                entry["form"] = entry.get("form") or "express"
            else:
                entry.pop("expires_at", None)
                entry.pop("form", None)
            if isinstance(entry.get("happened_at"), str):
                entry["happened_at"] = "2020-01-01T00:00:00Z"
        if case.path.endswith("/forecast") and isinstance(case.body.get("from"), str):
            case.body["from"] = ahead
        if isinstance(case.body.get("starts_at"), str):
            case.body["starts_at"] = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        if case.body.get("disposition") in ("do-not-call", "wrong-number"):
            for name in ("follow_up_date", "follow_up_local", "follow_up_zone"):
                case.body.pop(name, None)
        # A time on UTC's clocks is the same instant; a zone alone says nothing.
        if isinstance(case.body.get("follow_up_local"), str):
            case.body.update(follow_up_local=ahead[:19], follow_up_zone="UTC")
        elif not isinstance(case.body.get("follow_up_date"), str):
            case.body.pop("follow_up_zone", None)
        elif isinstance(case.body.get("follow_up_zone"), str):
            case.body["follow_up_zone"] = "UTC"
        if isinstance(case.body.get("active_hours"), dict):
            case.body["active_hours"] = {"start": "09:00", "end": "17:00"}


def whole(value):
    """4.0 is a whole number to JSON Schema, and no whole number to us. What is beyond a double is no number at all."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = max(-(10.0**300), min(value, 10.0**300)) if abs(value) > 2**63 else value
        return int(value) if value == int(value) and abs(value) < 2**53 else value
    if isinstance(value, dict):
        return {name: whole(inner) for name, inner in value.items()}
    return [whole(inner) for inner in value] if isinstance(value, list) else value
