//! The block allocator of stable memory: blocks of a fixed size, a high-water mark, and a stack of freed blocks.
//!
//! Freed blocks are reused before new ones are taken, and every block fits every use. Stable memory therefore never grows
//! beyond the largest amount that was in use at one time.

use ic_stable_structures::Memory;

/// Bytes in a block.
pub const BLOCK_BYTES: u64 = 16_384;
/// Bytes in a page of stable memory.
const PAGE_BYTES: u64 = 65_536;
/// Offset of the stack. `next` and `free_count` come before it.
const STACK_AT: u64 = 8;

/// No block is left: stable memory cannot grow, or all block numbers are used.
#[derive(Debug, PartialEq, Eq)]
pub struct Full;

/// The block allocator. `data` holds block `n` at `n * BLOCK_BYTES`. Block 0 is never allocated: the number 0 means "none".
pub struct Blocks<M: Memory> {
    pub(super) data: M,
    stack: M,
    next: u32,
    free_count: u32,
    /// The one buffer for all reads that go through the heap.
    scratch: Vec<u8>,
}

/// Size of the read buffer in bytes.
pub const SCRATCH_BYTES: usize = 65_536;

impl<M: Memory> Blocks<M> {
    /// Opens the allocator in two memories, or creates it if they are empty.
    pub fn open(data: M, stack: M) -> Self {
        // Allocated here and not at the first read, so that an upload adds nothing to the heap.
        let scratch = vec![0; SCRATCH_BYTES];
        let mut blocks = Blocks { data, stack, next: 1, free_count: 0, scratch };
        if blocks.stack.size() == 0 {
            assert!(blocks.stack.grow(1) >= 0, "stable memory cannot grow");
            blocks.save();
        } else {
            let mut head = [0; 8];
            blocks.stack.read(0, &mut head);
            blocks.next = u32::from_le_bytes(head[..4].try_into().unwrap());
            blocks.free_count = u32::from_le_bytes(head[4..].try_into().unwrap());
        }
        blocks
    }

    /// Number of allocated blocks.
    pub fn used(&self) -> u64 {
        u64::from(self.next - 1 - self.free_count)
    }

    /// Number of freed blocks that can be reused.
    pub fn free_blocks(&self) -> u64 {
        u64::from(self.free_count)
    }

    /// Makes sure that the next `count` blocks can be taken and given back. An error changes nothing but the size of
    /// stable memory.
    pub fn reserve(&mut self, count: u64) -> Result<(), Full> {
        let fresh = count.saturating_sub(u64::from(self.free_count));
        let next = u64::from(self.next).checked_add(fresh).ok_or(Full)?;
        if next > u64::from(u32::MAX) {
            return Err(Full);
        }
        grow_to(&self.stack, STACK_AT + next * 4)?;
        grow_to(&self.data, next * BLOCK_BYTES)
    }

    /// Takes `count` blocks, freed ones first. The caller must have reserved them.
    pub fn take(&mut self, count: usize) -> Vec<u32> {
        let reused = count.min(self.free_count as usize);
        self.free_count -= reused as u32;
        let mut bytes = vec![0; reused * 4];
        self.stack.read(STACK_AT + u64::from(self.free_count) * 4, &mut bytes);
        let mut ids = u32s(&bytes);
        let fresh = (count - reused) as u32;
        ids.extend(self.next..self.next + fresh);
        self.next += fresh;
        self.save();
        ids
    }

    /// Frees blocks.
    pub fn give_back(&mut self, ids: &[u32]) {
        let at = STACK_AT + u64::from(self.free_count) * 4;
        self.stack.write(at, &le_bytes(ids));
        self.free_count += ids.len() as u32;
        self.save();
    }

    /// Takes the read buffer. The caller returns it with `return_scratch`.
    pub fn take_scratch(&mut self) -> Vec<u8> {
        let mut buffer = std::mem::take(&mut self.scratch);
        if buffer.is_empty() {
            buffer = vec![0; SCRATCH_BYTES];
        }
        buffer
    }

    /// Returns the read buffer.
    pub fn return_scratch(&mut self, buffer: Vec<u8>) {
        self.scratch = buffer;
    }

    fn save(&self) {
        let mut head = [0; 8];
        head[..4].copy_from_slice(&self.next.to_le_bytes());
        head[4..].copy_from_slice(&self.free_count.to_le_bytes());
        self.stack.write(0, &head);
    }
}

/// Grows `memory` until it holds `bytes`.
fn grow_to<M: Memory>(memory: &M, bytes: u64) -> Result<(), Full> {
    let wanted = bytes.div_ceil(PAGE_BYTES);
    let have = memory.size();
    if wanted > have && memory.grow(wanted - have) < 0 {
        return Err(Full);
    }
    Ok(())
}

/// Decodes little-endian numbers.
pub fn u32s(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).map(|b| u32::from_le_bytes(b.try_into().unwrap())).collect()
}

/// Encodes numbers as little-endian bytes.
pub fn le_bytes(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}
