//! The custom sections of a module.

use std::collections::HashMap;

/// The contents by name. A section that is cut off ends the list.
pub fn custom_sections(module: &[u8]) -> HashMap<&str, &[u8]> {
    let mut sections = HashMap::new();
    let mut rest = module.get(8..).unwrap_or_default();
    while let Some((id, content, after)) = section(rest) {
        rest = after;
        if id == 0 {
            if let Some((name, content)) = named(content) {
                sections.entry(name).or_insert(content);
            }
        }
    }
    sections
}

fn section(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&id, rest) = bytes.split_first()?;
    let (size, rest) = u32_leb128(rest)?;
    let (content, after) = rest.split_at_checked(size)?;
    Some((id, content, after))
}

fn named(content: &[u8]) -> Option<(&str, &[u8])> {
    let (size, rest) = u32_leb128(content)?;
    let (name, content) = rest.split_at_checked(size)?;
    Some((std::str::from_utf8(name).ok()?, content))
}

fn u32_leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0u32;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= u32::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value as usize, &bytes[index + 1..]));
        }
    }
    None
}
