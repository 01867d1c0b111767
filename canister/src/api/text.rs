//! Base64 and hexadecimal digits, for callers on a command line.

/// Decodes base64 in the standard alphabet, with padding.
pub fn decode_base64(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || "the chunk is not base64 (standard alphabet, with padding)".to_string();
    let text = text.as_bytes();
    if text.len() % 4 != 0 {
        return Err(wrong());
    }
    let padding = text.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    let digits = &text[..text.len() - padding];
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for group in digits.chunks(4) {
        let mut bits = 0u32;
        for byte in group {
            bits = bits << 6 | base64_digit(*byte).ok_or_else(wrong)?;
        }
        bits <<= 6 * (4 - group.len());
        let bytes = bits.to_be_bytes();
        let (kept, cut) = bytes[1..].split_at(group.len() - 1);
        if cut.iter().any(|byte| *byte != 0) {
            return Err(wrong());
        }
        out.extend_from_slice(kept);
    }
    Ok(out)
}

fn base64_digit(byte: u8) -> Option<u32> {
    let digit = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(digit))
}

/// Decodes hexadecimal digits of either case.
pub fn decode_hex(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || "the hash is not hex".to_string();
    let text = text.as_bytes();
    if text.len() % 2 != 0 {
        return Err(wrong());
    }
    let digit = |byte: u8| (byte as char).to_digit(16).ok_or_else(wrong);
    text.chunks_exact(2).map(|pair| Ok((digit(pair[0])? << 4 | digit(pair[1])?) as u8)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_accepts_the_examples_of_the_rfc_and_refuses_malformed_text() {
        for (text, bytes) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmE=", "fooba")] {
            assert_eq!(decode_base64(text).unwrap(), bytes.as_bytes());
        }
        for text in ["Z", "Zg", "Zg=", "=", "====", "Z===", "Zh==", "Zm9=", "Zg==Zg==", "Zm-_", " Zg=", "Zm9v\n"] {
            assert!(decode_base64(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hex_accepts_either_case_and_refuses_malformed_text() {
        assert_eq!(decode_hex("00fFA1").unwrap(), [0, 255, 161]);
        for text in ["0", "0g", "+1", "é"] {
            assert!(decode_hex(text).is_err(), "{text}");
        }
    }
}
