//! Sources of a chunk's bytes: a slice, or the message itself, read piece by piece.

/// A sequence of bytes with a known length and random access.
pub trait Source {
    /// Returns the number of bytes.
    fn len(&self) -> u64;
    /// Reads `into.len()` bytes from offset `at`. The range must lie inside the source.
    fn read(&self, at: u64, into: &mut [u8]);

    /// Returns whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies all bytes into the heap.
    fn to_vec(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.len() as usize];
        self.read(0, &mut bytes);
        bytes
    }
}

impl Source for &[u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read(&self, at: u64, into: &mut [u8]) {
        let at = at as usize;
        into.copy_from_slice(&self[at..at + into.len()]);
    }
}

/// The first `len` bytes of a source.
pub struct Prefix<'a> {
    pub source: &'a dyn Source,
    pub len: u64,
}

impl Source for Prefix<'_> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read(&self, at: u64, into: &mut [u8]) {
        self.source.read(at, into);
    }
}

/// Compares two slices eight bytes at a time, because `memcmp` on this target compares one byte at a time.
pub fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
    a.len() == b.len() && a8.remainder() == b8.remainder() && a8.zip(b8).all(|(x, y)| word(x) == word(y))
}
