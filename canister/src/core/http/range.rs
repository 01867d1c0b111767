//! The header `Range`.

/// The bytes that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// No range, or one that RFC 9110 tells a server to ignore: malformed, several ranges, or another unit.
    All,
    /// The bytes from `first` to `last`, both included.
    Part { first: u64, last: u64 },
    /// None of the requested bytes exists.
    Nothing,
}

/// Returns the bytes that a header `Range` asks for in a file of `len` bytes.
pub fn wanted(range: Option<&str>, len: u64) -> Wanted {
    match range.and_then(parse) {
        None => Wanted::All,
        Some((None, Some(count))) if count > 0 && len > 0 => {
            Wanted::Part { first: len.saturating_sub(count), last: len - 1 }
        }
        Some((Some(first), last)) if first < len => Wanted::Part { first, last: last.unwrap_or(u64::MAX).min(len - 1) },
        Some(_) => Wanted::Nothing,
    }
}

/// Parses the first and the last byte. Either may be absent. Without a first byte, the last is a count from the end.
fn parse(range: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (unit, spec) = range.trim().split_once('=')?;
    let (first, last) = spec.trim().split_once('-')?;
    let (first, last) = (number(first)?, number(last)?);
    let backwards = first.zip(last).is_some_and(|(first, last)| last < first);
    (unit.eq_ignore_ascii_case("bytes") && (first.is_some() || last.is_some()) && !backwards).then_some((first, last))
}

/// Parses digits, or an empty text. A number above `u64::MAX` becomes `u64::MAX`.
fn number(digits: &str) -> Option<Option<u64>> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((!digits.is_empty()).then(|| digits.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_rfc_9110() {
        let part = |first, last| Wanted::Part { first, last };
        for (range, expected) in [
            ("bytes=0-499", part(0, 499)),
            ("bytes=500-999", part(500, 999)),
            ("bytes=-500", part(9_500, 9_999)),
            ("bytes=9500-", part(9_500, 9_999)),
            ("bytes=0-0", part(0, 0)),
            ("BYTES=9999-20000", part(9_999, 9_999)),
            ("bytes=-20000", part(0, 9_999)),
            ("bytes=0-99999999999999999999999", part(0, 9_999)),
            ("bytes=10000-", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-4", Wanted::All),
            ("bytes=0-1,5-6", Wanted::All),
            ("bytes=-", Wanted::All),
            ("bytes=+1-2", Wanted::All),
            ("items=0-1", Wanted::All),
            ("bytes", Wanted::All),
        ] {
            assert_eq!(wanted(Some(range), 10_000), expected, "{range}");
        }
        assert_eq!(wanted(None, 10_000), Wanted::All);
        assert_eq!((wanted(Some("bytes=0-"), 0), wanted(Some("bytes=-1"), 0)), (Wanted::Nothing, Wanted::Nothing));
    }
}
