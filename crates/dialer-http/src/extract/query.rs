//! The query of a request. Unknown parameters are refused: a misspelt filter that shows everything would mislead.

use std::fmt;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use dialer_app::FieldError;
use dialer_domain::phone::PhoneNumber;
use dialer_domain::store::PageRequest;
use time::macros::format_description;
use time::{Date, OffsetDateTime};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Required, Schema};
use utoipa::{IntoParams, PartialSchema};

use crate::problem::ApiError;
use crate::stamp::{self, Stamp};

/// A query that a route understands.
pub trait RequestQuery: Sized {
    /// Takes its parameters, all of them, whether or not one before was wrong.
    fn read(params: &mut Params) -> Self;
}

/// Extracts a [`RequestQuery`].
pub struct ValidQuery<Q>(pub Q);

/// The parameters of a query, to be taken one by one. One without a value counts as left out. What is taken, and what is
/// said of it, is also what the OpenAPI document tells.
pub struct Params {
    given: Vec<(String, String)>,
    known: Vec<Known>,
    errors: Vec<FieldError>,
}

struct Known {
    name: &'static str,
    about: &'static str,
    schema: fn() -> RefOr<Schema>,
    required: Required,
}

impl Params {
    fn parse(query: &str) -> Result<Self, ApiError> {
        let wrong = |_| {
            ApiError::Invalid(vec![FieldError::new("query", "malformed", "the query is not in the form name=value&…")])
        };
        let given = web::Query::<Vec<(String, String)>>::from_query(query).map_err(wrong)?.into_inner();
        Ok(Self { given, known: Vec::new(), errors: Vec::new() })
    }

    fn wrong(&mut self, name: &str, code: &'static str, message: impl Into<String>) {
        self.errors.push(FieldError::new(name, code, message));
    }

    fn take(&mut self, name: &'static str, about: &'static str, schema: fn() -> RefOr<Schema>) -> Option<String> {
        self.known.push(Known { name, about, schema, required: Required::False });
        let (taken, left) = std::mem::take(&mut self.given).into_iter().partition(|(given, _)| given == name);
        self.given = left;
        let mut values: Vec<(String, String)> = taken;
        if values.len() > 1 {
            self.wrong(name, "repeated", "give this parameter once");
        }
        values.pop().map(|(_, value)| value).filter(|value| !value.is_empty())
    }

    /// A parameter that is one of the domain's words, or an id.
    pub fn one<T>(&mut self, name: &'static str, about: &'static str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display> + PartialSchema,
    {
        self.parsed(name, "not_one_of", about)
    }

    /// A parameter whose type says what is wrong with a text.
    pub fn parsed<T>(&mut self, name: &'static str, code: &'static str, about: &'static str) -> Option<T>
    where
        T: FromStr<Err: fmt::Display> + PartialSchema,
    {
        let text = self.take(name, about, T::schema)?;
        text.parse().map_err(|error: T::Err| self.wrong(name, code, error.to_string())).ok()
    }

    /// A text of at most `LONGEST` characters.
    pub fn text<const LONGEST: usize>(&mut self, name: &'static str, about: &'static str) -> Option<String> {
        let schema =
            || ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(LONGEST)).into();
        let text = self.take(name, about, schema)?;
        if text.chars().count() > LONGEST {
            self.wrong(name, "too_long", format!("use at most {LONGEST} characters"));
            return None;
        }
        if text.contains('\0') {
            self.wrong(name, "invalid_character", "it holds a character that cannot be stored");
            return None;
        }
        Some(text)
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &'static str, about: &'static str) -> Option<bool> {
        let text = self.take(name, about, bool::schema)?;
        text.parse().map_err(|_| self.wrong(name, "not_one_of", "use true or false")).ok()
    }

    /// An instant. A plus sign that was not escaped arrives as a space.
    pub fn instant(&mut self, name: &'static str, about: &'static str) -> Option<OffsetDateTime> {
        let text = self.take(name, about, Stamp::schema)?;
        let at = stamp::parse(&text.replace(' ', "+"));
        if at.is_none() {
            self.wrong(name, "not_an_instant", "use an RFC 3339 instant, such as 2026-03-02T10:00:00Z");
        }
        at
    }

    /// A day, such as `2026-03-02`.
    pub fn day(&mut self, name: &'static str, about: &'static str) -> Option<Date> {
        let schema = || {
            let format = SchemaFormat::KnownFormat(KnownFormat::Date);
            ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
        };
        let text = self.take(name, about, schema)?;
        let day = Date::parse(&text, format_description!("[year]-[month]-[day]")).ok().filter(|day| day.year() >= 1);
        if day.is_none() {
            self.wrong(name, "not_a_date", "use a day such as 2026-03-02");
        }
        day
    }

    /// Whole percent, 0 to 100.
    pub fn percent(&mut self, name: &'static str, about: &'static str) -> Option<u8> {
        let schema = || {
            let whole = ObjectBuilder::new().schema_type(Type::Integer);
            whole.minimum(Some(0)).maximum(Some(100)).into()
        };
        let text = self.take(name, about, schema)?;
        let percent = text.parse().ok().filter(|percent| *percent <= 100);
        if percent.is_none() {
            self.wrong(name, "out_of_range", "use a whole number from 0 to 100");
        }
        percent
    }

    /// A telephone number in its international form. A plus sign that was not escaped arrives as a space.
    pub fn number(&mut self, name: &'static str, about: &'static str) -> Option<PhoneNumber> {
        let text = self.take(name, about, PhoneNumber::schema)?;
        let text = text.strip_prefix(' ').map_or(text.clone(), |rest| format!("+{rest}"));
        PhoneNumber::parse(&text, None).map_err(|error| self.wrong(name, error.code(), error.to_string())).ok()
    }

    /// Tells readers of the OpenAPI document that the parameter taken last must be given. Its handler refuses without it.
    pub fn must_be_given(&mut self) {
        if let Some(known) = self.known.last_mut() {
            known.required = Required::True;
        }
    }

    /// `limit` and `offset`.
    pub fn page(&mut self) -> PageRequest {
        let limit = self.take("limit", "Rows at most", limits);
        let offset = self.take("offset", "Rows to leave out from the beginning", offsets);
        let first = PageRequest::default();
        let limit = match limit {
            None => first.limit(),
            Some(text) => text.parse().unwrap_or(0),
        };
        // Databases count in 64 bits with a sign.
        let whole = |text: &str| text.parse::<i64>().ok().and_then(|offset| u64::try_from(offset).ok());
        let offset = offset.map_or(Some(first.offset()), |text| whole(&text)).unwrap_or_else(|| {
            self.wrong("offset", "out_of_range", "use a whole number from 0");
            0
        });
        PageRequest::new(limit, offset).unwrap_or_else(|| {
            self.wrong("limit", "out_of_range", format!("use 1 to {}", PageRequest::MAX_LIMIT));
            first
        })
    }

    fn finish<Q>(mut self, query: Q) -> Result<Q, ApiError> {
        let known: Vec<&str> = self.known.iter().map(|known| known.name).collect();
        let known = known.join(", ");
        for (name, _) in std::mem::take(&mut self.given) {
            let name: String = name.chars().take(60).collect();
            self.wrong(&name, "unknown_parameter", format!("the parameters here are: {known}"));
        }
        if self.errors.is_empty() { Ok(query) } else { Err(ApiError::Invalid(self.errors)) }
    }
}

fn limits() -> RefOr<Schema> {
    let (first, most) = (PageRequest::default().limit(), PageRequest::MAX_LIMIT);
    let whole = ObjectBuilder::new().schema_type(Type::Integer);
    whole.minimum(Some(1)).maximum(Some(most)).default(Some(first.into())).into()
}

fn offsets() -> RefOr<Schema> {
    let whole = ObjectBuilder::new().schema_type(Type::Integer);
    whole.minimum(Some(0)).maximum(Some(i64::MAX)).default(Some(0.into())).into()
}

impl<Q: RequestQuery> FromRequest for ValidQuery<Q> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Params::parse(request.query_string()).and_then(|mut params| {
            let query = Q::read(&mut params);
            params.finish(Self(query))
        }))
    }
}

impl<Q: RequestQuery> IntoParams for ValidQuery<Q> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut params = Params { given: Vec::new(), known: Vec::new(), errors: Vec::new() };
        Q::read(&mut params);
        let describe = |known: Known| {
            ParameterBuilder::new()
                .name(known.name)
                .parameter_in(ParameterIn::Query)
                .required(known.required)
                .description(Some(known.about))
                .schema(Some((known.schema)()))
                .build()
        };
        params.known.into_iter().map(describe).collect()
    }
}
