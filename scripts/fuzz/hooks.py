"""What schemathesis cannot know from the OpenAPI document: formats of ours, files, and what is checked against the clock."""

import schemathesis
from hypothesis import strategies as st

NUMBERS = st.one_of(  # that are kept free for fiction, so that nobody has them
    st.integers(7_700_900_000, 7_700_900_999).map(lambda n: f"+44{n}"),
    st.integers(100, 199).map(lambda n: f"+1212555{n:04}"),
)
schemathesis.openapi.format("phone-number", NUMBERS)
schemathesis.openapi.format("time-zone", st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Kolkata"]))
schemathesis.openapi.format("column-mapping", st.just("phone_number:Phone"))

CSV = st.lists(NUMBERS, min_size=1, max_size=5).map(lambda numbers: "\r\n".join(["Phone", *numbers, ""]).encode())
schemathesis.openapi.media_type("text/csv", CSV)
# The header of a WAV file and a moment of silence.
WAV = b"RIFF\x34\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0data\x10\0\0\0" + b"\x80" * 16
schemathesis.openapi.media_type("audio/wav", st.just(WAV))
schemathesis.openapi.media_type("audio/mpeg", st.just(b"ID3\4\0\0\0\0\0\0" + b"\xff\xfb\x90\x64" + b"\0" * 413))
schemathesis.openapi.media_type("audio/ogg", st.just(b"OggS\0\2" + b"\0" * 20))


@schemathesis.deserializer("audio/*")
def audio(context, response):
    return response.content.decode("latin-1")


@schemathesis.hook
def filter_query(context, query):
    """A parameter with an empty value counts as left out, which no schema can say."""
    return not query or all(value not in ("", [""]) for value in query.values())


FUTURE = {"follow_up_date", "expires_at"}


@schemathesis.hook
def map_body(context, body):
    """Callbacks and the ends of keys lie ahead."""
    if isinstance(body, dict):
        for name in FUTURE & body.keys():
            if isinstance(body[name], str) and body[name][:4].isdigit():
                body[name] = "2099" + body[name][4:].replace("-02-29", "-02-28")
    return body
