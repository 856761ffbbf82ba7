//! What stands for exactly these bytes (ETag, RFC 9110 §8.8.3), and whether the asker has them.

use axum::http::{HeaderMap, HeaderValue, header};
use twox_hash::XxHash3_64;

/// A strong ETag: the XXH3 of the bytes, and how they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag(HeaderValue);

impl Tag {
    /// The tag of `bytes` as they go out in this form (`gz`, say; empty for as they are).
    pub fn of(bytes: &[u8], form: &str) -> Self {
        let hash = XxHash3_64::oneshot(bytes);
        let mut text = Vec::with_capacity(20 + form.len());
        text.push(b'"');
        for shift in (0..16).rev() {
            text.push(b"0123456789abcdef"[(hash >> (4 * shift) & 15) as usize]);
        }
        if !form.is_empty() {
            text.push(b'-');
            text.extend_from_slice(form.as_bytes());
        }
        text.push(b'"');
        Self(HeaderValue::from_maybe_shared(text).expect("quotes, digits and letters"))
    }

    /// As a header has it.
    pub fn value(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Whether If-None-Match names it.
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        is_known(headers, self.0.as_bytes())
    }
}

/// Whether If-None-Match names a tag (weak comparison, RFC 9110 §13.1.2).
pub(super) fn is_known(headers: &HeaderMap, tag: &[u8]) -> bool {
    headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
        value.as_bytes() == tag
            || value.as_bytes().split(|&b| b == b',').any(|one| {
                let one = one.trim_ascii();
                one == b"*" || one.strip_prefix(b"W/").unwrap_or(one) == tag
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &'static str) -> HeaderMap {
        [(header::IF_NONE_MATCH, HeaderValue::from_static(value))].into_iter().collect()
    }

    #[test]
    fn a_tag_is_known_by_itself_among_others_weakly_and_by_a_star() {
        let tag = Tag::of(b"something", "gz");
        assert_eq!(tag.value().to_str().unwrap().len(), 21);
        let own = Box::leak(tag.value().to_str().unwrap().to_owned().into_boxed_str());
        assert!(tag.is_known(&asked(own)));
        assert!(tag.is_known(&asked(Box::leak(format!("\"x\", W/{own} ,\"y\"").into_boxed_str()))));
        assert!(tag.is_known(&asked("*")));
        assert!(!tag.is_known(&asked("\"x\"")) && !tag.is_known(&HeaderMap::new()));
        assert_ne!(tag, Tag::of(b"something", ""), "another form is another tag");
        assert_ne!(tag, Tag::of(b"something else", "gz"));
    }
}
