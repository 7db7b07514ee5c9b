//! Which of the two media types an answer has, and whether a body is of the one that is read.

use axum::http::{HeaderMap, HeaderValue, header};
use mime::Mime;

/// The media types of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: the status says how it went.
    GraphqlResponse,
    /// `application/json`: a request that was one gets a 200, whatever its errors.
    Json,
}

impl MediaType {
    pub(super) const fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }

    const fn subtype(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "graphql-response+json",
            Self::Json => "json",
        }
    }
}

/// The media type that the client likes best, by quality, exactness and order; none if it takes neither. Who takes anything
/// gets `application/json`.
pub(super) fn accepted(headers: &HeaderMap) -> Option<MediaType> {
    let mut ranges = Vec::new();
    for value in headers.get_all(header::ACCEPT) {
        // A range that cannot be read is one that nothing matches.
        ranges.extend(
            value
                .to_str()
                .unwrap_or_default()
                .split(',')
                .filter(|range| !range.trim().is_empty())
                .map(|range| range.trim().parse::<Mime>().ok()),
        );
    }
    if ranges.is_empty() {
        return Some(MediaType::Json);
    }
    let ranges: Vec<Mime> = ranges.into_iter().flatten().collect();
    [MediaType::Json, MediaType::GraphqlResponse]
        .into_iter()
        .filter_map(|offer| preference(offer, &ranges).map(|preference| (preference, offer)))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, offer)| offer)
}

/// How much an offer is liked: its quality, how exactly it was named, how early. None for what is not acceptable.
fn preference(offer: MediaType, ranges: &[Mime]) -> Option<(u32, u8, std::cmp::Reverse<usize>)> {
    let (position, exactness, range) = ranges
        .iter()
        .enumerate()
        .filter_map(|(position, range)| Some((position, exactness(offer, range)?, range)))
        .max_by_key(|(position, exactness, _)| (*exactness, std::cmp::Reverse(*position)))?;
    let quality = thousandths(range);
    // Among wildcards the position says nothing.
    let position = if exactness == 2 { position } else { usize::MAX };
    (quality > 0).then_some((quality, exactness, std::cmp::Reverse(position)))
}

fn exactness(offer: MediaType, range: &Mime) -> Option<u8> {
    let essence = range.essence_str();
    let is_utf8 = range
        .get_param(mime::CHARSET)
        .is_none_or(|charset| charset == mime::UTF_8);
    match essence.split_once('/') {
        Some(("application", subtype)) if subtype == offer.subtype() && is_utf8 => Some(2),
        Some(("application", "*")) => Some(1),
        Some(("*", "*")) => Some(0),
        _ => None,
    }
}

fn thousandths(range: &Mime) -> u32 {
    let quality = range
        .get_param("q")
        .and_then(|quality| quality.as_str().parse::<f32>().ok())
        .filter(|quality| (0.0..=1.0).contains(quality))
        .unwrap_or(1.0);
    // At most 1000.
    (quality * 1000.0) as u32
}

/// Whether the body is JSON in UTF-8.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<Mime>().ok())
        .is_some_and(|content| {
            content.essence_str() == "application/json"
                && content
                    .get_param(mime::CHARSET)
                    .is_none_or(|charset| charset == mime::UTF_8)
        })
}
