//! The encoding of records in stable memory: plain little-endian fields without padding.

use candid::Principal;

/// Writes a record.
#[derive(Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.0.push(value);
        self
    }
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.raw(&value.to_le_bytes())
    }
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.raw(&value.to_le_bytes())
    }
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }
    /// Writes the length, then the bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.u32(bytes.len() as u32).raw(bytes)
    }
    pub fn opt_bytes(&mut self, bytes: Option<&[u8]>) -> &mut Self {
        match bytes {
            None => self.u8(0),
            Some(bytes) => self.u8(1).bytes(bytes),
        }
    }
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }
    pub fn opt_text(&mut self, text: &Option<String>) -> &mut Self {
        self.opt_bytes(text.as_ref().map(|text| text.as_bytes()))
    }
    pub fn opt_u8(&mut self, value: Option<u8>) -> &mut Self {
        self.opt_u64(value.map(u64::from))
    }
    pub fn opt_u32(&mut self, value: Option<u32>) -> &mut Self {
        self.opt_u64(value.map(u64::from))
    }
    /// Writes the bits of a float, so that equal values, NaN included, have equal bytes.
    pub fn opt_f32(&mut self, value: Option<f32>) -> &mut Self {
        self.opt_u32(value.map(f32::to_bits))
    }
    pub fn opt_u64(&mut self, value: Option<u64>) -> &mut Self {
        match value {
            None => self.u8(0),
            Some(value) => self.u8(1).u64(value),
        }
    }
    /// Writes a principal in 30 bytes: its length, then 29 bytes padded with zeros.
    pub fn principal(&mut self, principal: &Principal) -> &mut Self {
        self.raw(&principal_bytes(principal))
    }
}

/// Encodes a principal in 30 bytes: its length, then 29 bytes padded with zeros.
pub fn principal_bytes(principal: &Principal) -> [u8; 30] {
    let slice = principal.as_slice();
    let mut out = [0; 30];
    out[0] = slice.len() as u8;
    out[1..=slice.len()].copy_from_slice(slice);
    out
}

/// Reads a record. It traps if the record is too short, because then this code did not write it.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn raw(&mut self, len: usize) -> &'a [u8] {
        assert!(self.0.len() >= len, "a record in stable memory is too short");
        let (head, rest) = self.0.split_at(len);
        self.0 = rest;
        head
    }
    pub fn u8(&mut self) -> u8 {
        self.raw(1)[0]
    }
    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.raw(4).try_into().unwrap())
    }
    pub fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.raw(8).try_into().unwrap())
    }
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        self.raw(N).try_into().unwrap()
    }
    pub fn bytes(&mut self) -> &'a [u8] {
        let len = self.u32() as usize;
        self.raw(len)
    }
    pub fn opt_bytes(&mut self) -> Option<&'a [u8]> {
        (self.u8() == 1).then(|| self.bytes())
    }
    pub fn text(&mut self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
    pub fn opt_text(&mut self) -> Option<String> {
        (self.u8() == 1).then(|| self.text())
    }
    pub fn opt_u64(&mut self) -> Option<u64> {
        (self.u8() == 1).then(|| self.u64())
    }
    pub fn opt_u32(&mut self) -> Option<u32> {
        self.opt_u64().map(|value| value as u32)
    }
    pub fn opt_u8(&mut self) -> Option<u8> {
        self.opt_u64().map(|value| value as u8)
    }
    pub fn opt_f32(&mut self) -> Option<f32> {
        self.opt_u32().map(f32::from_bits)
    }
    pub fn principal(&mut self) -> Principal {
        let bytes = self.raw(30);
        Principal::from_slice(&bytes[1..=usize::from(bytes[0].min(29))])
    }
}
