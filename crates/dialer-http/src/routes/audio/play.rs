//! Playing audio: whole, or from any place on (RFC 9110, 14).

use actix_web::body::SizedStream;
use actix_web::http::header::{
    self, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    IF_RANGE, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use dialer_app::{Audio, UseCaseError};
use dialer_domain::audio::{AudioError, AudioReader, StoredAudio};
use futures_util::Stream;

use crate::problem::ApiError;

/// Bytes read and sent at a time.
const CHUNK: usize = 64 * 1024;

/// What a request wants of a piece of audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Whole,
    /// From the first byte to the last one, both inside.
    Part(u64, u64),
    /// A part that lies outside.
    Outside,
}

/// Answers with the audio, or the part of it that the request asks for. Only GET and HEAD come here.
pub(in crate::routes) async fn play(
    request: &HttpRequest,
    audio: &Audio,
    stored: StoredAudio,
) -> Result<HttpResponse, ApiError> {
    let tag = format!("\"{}\"", stored.key.id);
    if text(request, &IF_NONE_MATCH).is_some_and(|tags| names(tags, &tag)) {
        return Ok(headers(HttpResponse::NotModified(), &stored, &tag).finish());
    }
    let (status, first, length) = match wanted(request, &tag, stored.size) {
        Wanted::Whole => (StatusCode::OK, 0, stored.size),
        Wanted::Part(first, last) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Wanted::Outside => return Err(ApiError::RangeNotSatisfiable { size: stored.size }),
    };
    let mut answer = headers(HttpResponse::build(status), &stored, &tag);
    answer.insert_header((CONTENT_TYPE, stored.format.as_str()));
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {first}-{}/{}", first + length - 1, stored.size);
        answer.insert_header((CONTENT_RANGE, range));
    }
    if request.method() == Method::HEAD {
        let nothing = futures_util::stream::empty::<Result<Bytes, actix_web::Error>>();
        return Ok(answer.body(SizedStream::new(length, nothing)));
    }
    let reader = audio.read(stored.key, first).await.map_err(UseCaseError::from)?.ok_or(ApiError::AudioNotStored)?;
    Ok(answer.body(SizedStream::new(length, pieces(reader, length))))
}

fn headers(mut answer: HttpResponseBuilder, stored: &StoredAudio, tag: &str) -> HttpResponseBuilder {
    let name = format!("inline; filename=\"{}.{}\"", stored.key.id, stored.format.extension());
    answer
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
    answer
}

fn text<'a>(request: &'a HttpRequest, name: &header::HeaderName) -> Option<&'a str> {
    request.headers().get(name)?.to_str().ok()
}

/// Whether a list of tags names this one. A weak tag is as good here.
fn names(tags: &str, tag: &str) -> bool {
    tags.split(',').map(str::trim).any(|given| given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag)
}

fn wanted(request: &HttpRequest, tag: &str, size: u64) -> Wanted {
    let Some(range) = text(request, &RANGE) else { return Wanted::Whole };
    // Whoever has a part of other audio, or says when it was from, gets all of this.
    if text(request, &IF_RANGE).is_some_and(|given| given.trim() != tag) {
        return Wanted::Whole;
    }
    // What cannot be read is to be ignored, and several parts at once we do not send.
    match range.parse() {
        Ok(header::Range::Bytes(specs)) if specs.len() == 1 && !range.contains(',') => match specs.first() {
            Some(spec) => spec.to_satisfiable_range(size).map_or(Wanted::Outside, |(from, to)| Wanted::Part(from, to)),
            None => Wanted::Whole,
        },
        _ => Wanted::Whole,
    }
}

/// The next `length` bytes. Should fewer come, the answer breaks off: its reader must not take it for the whole.
fn pieces(reader: Box<dyn AudioReader>, length: u64) -> impl Stream<Item = Result<Bytes, UseCaseError>> + 'static {
    futures_util::stream::try_unfold((reader, length), |(mut reader, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let bytes = reader.next(most).await?;
        if bytes.is_empty() {
            return Err(AudioError::Storage("the audio is shorter than it was".into()).into());
        }
        let left = left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(left));
        Ok(Some((Bytes::from(bytes), (reader, left))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use rstest::rstest;

    #[rstest]
    #[case("bytes=0-9", Wanted::Part(0, 9))]
    #[case("bytes=90-", Wanted::Part(90, 99))]
    #[case("bytes=-10", Wanted::Part(90, 99))]
    #[case("bytes=-500", Wanted::Part(0, 99))]
    #[case("bytes=0-500", Wanted::Part(0, 99))]
    #[case("bytes=100-", Wanted::Outside)]
    #[case("bytes=-0", Wanted::Outside)]
    #[case("bytes=0-1,5-6", Wanted::Whole)]
    #[case("bytes=0-1,nonsense", Wanted::Whole)]
    #[case("bytes=9-1", Wanted::Whole)]
    #[case("bytes=", Wanted::Whole)]
    #[case("seconds=1-2", Wanted::Whole)]
    fn a_range_is_read_as_the_standard_says(#[case] range: &str, #[case] expected: Wanted) {
        let request = TestRequest::get().insert_header(("Range", range)).to_http_request();
        assert_eq!(wanted(&request, "\"a\"", 100), expected);
    }

    #[rstest]
    #[case("\"a\"", Wanted::Part(5, 99))]
    #[case("\"b\"", Wanted::Whole)]
    #[case("W/\"a\"", Wanted::Whole)]
    #[case("Mon, 02 Mar 2026 10:00:00 GMT", Wanted::Whole)]
    fn a_part_of_other_audio_is_not_gone_on_with(#[case] if_range: &str, #[case] expected: Wanted) {
        let request = TestRequest::get().insert_header(("Range", "bytes=5-")).insert_header(("If-Range", if_range));
        assert_eq!(wanted(&request.to_http_request(), "\"a\"", 100), expected);
    }
}
