//! Files of a fixed length, stored as a tree of blocks. The depth of the tree follows from the length.
//!
//! A file of one block is that block. A longer file has tables of 4,096 block numbers above its blocks; the number 0 stands
//! for a block that was not written yet. The first write to a block allocates it. Writes may come in any order. The content
//! of bytes that were never written is undefined.

use super::blocks::{le_bytes, u32s, Blocks, Full, BLOCK_BYTES, SCRATCH_BYTES};
use super::source::{same_bytes, Source};
use ic_stable_structures::Memory;

/// Number of bytes compared at a time.
const COMPARE_BYTES: usize = 16_384;
/// Number of block numbers in a table.
const FANOUT: u64 = BLOCK_BYTES / 4;
static ZEROS: [u8; BLOCK_BYTES as usize] = [0; BLOCK_BYTES as usize];

/// A file: its fixed length in bytes, and its root block (0 if nothing was written yet).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct File {
    pub root: u32,
    pub len: u64,
}

impl File {
    /// Creates a file of `len` bytes without any block.
    pub fn new(len: u64) -> Self {
        File { root: 0, len }
    }

    fn block_count(&self) -> u64 {
        self.len.div_ceil(BLOCK_BYTES).max(1)
    }

    /// An upper bound for the number of blocks, tables included, that a write of `len` bytes at `at` allocates.
    pub fn blocks_for(&self, at: u64, len: u64) -> u64 {
        if len == 0 {
            return 0;
        }
        let count = (at + len - 1) / BLOCK_BYTES - at / BLOCK_BYTES + 1;
        count + u64::from(self.depth()) * (count / FANOUT + 4)
    }

    /// Number of levels of tables above the blocks.
    fn depth(&self) -> u32 {
        let (mut depth, mut reach) = (0, 1u64);
        while reach < self.block_count() {
            reach = reach.saturating_mul(FANOUT);
            depth += 1;
        }
        depth
    }
}

/// Number of blocks that one entry of a table of `depth` covers.
fn blocks_per_entry(depth: u32) -> u64 {
    FANOUT.saturating_pow(depth - 1)
}

impl<M: Memory> Blocks<M> {
    /// Writes `bytes` at offset `at`. The range must lie inside the file. An error leaves the file unchanged.
    pub fn write(&mut self, file: &mut File, at: u64, bytes: &[u8]) -> Result<(), Full> {
        if bytes.is_empty() {
            return Ok(());
        }
        let first = at / BLOCK_BYTES;
        let count = (at + bytes.len() as u64 - 1) / BLOCK_BYTES - first + 1;
        self.reserve(file.blocks_for(at, bytes.len() as u64))?;
        let ids = self.blocks_of(file, first, count as usize);
        let mut done = 0;
        for_each_run(&ids, at % BLOCK_BYTES, bytes.len(), |address, length| {
            self.data.write(address, &bytes[done..done + length]);
            done += length;
        });
        Ok(())
    }

    /// Writes all bytes of a source at offset `at`, through the read buffer. The caller must have reserved the blocks.
    pub fn write_from(&mut self, file: &mut File, at: u64, source: &dyn Source) -> Result<(), Full> {
        let mut buffer = self.take_scratch();
        let (mut done, mut written) = (0, Ok(()));
        while done < source.len() && written.is_ok() {
            let piece = (source.len() - done).min(SCRATCH_BYTES as u64) as usize;
            source.read(done, &mut buffer[..piece]);
            written = self.write(file, at + done, &buffer[..piece]);
            done += piece as u64;
        }
        self.return_scratch(buffer);
        written
    }

    /// Returns whether the bytes from offset `at` on equal those of a source.
    pub fn equals(&mut self, file: &File, at: u64, source: &dyn Source) -> bool {
        let mut theirs = [0; COMPARE_BYTES];
        let mut done = 0;
        self.read_pieces(file, at, source.len(), |stored| {
            stored.chunks(COMPARE_BYTES).all(|stored| {
                let theirs = &mut theirs[..stored.len()];
                source.read(done, theirs);
                done += stored.len() as u64;
                same_bytes(stored, theirs)
            })
        })
    }

    /// Reads `bytes.len()` bytes from offset `at`. Bytes without a block are zero.
    pub fn read(&self, file: &File, at: u64, bytes: &mut [u8]) {
        if bytes.is_empty() {
            return;
        }
        let first = at / BLOCK_BYTES;
        let count = (at + bytes.len() as u64 - 1) / BLOCK_BYTES - first + 1;
        let ids = self.existing_blocks_of(file, first, count as usize);
        let mut done = 0;
        for_each_run(&ids, at % BLOCK_BYTES, bytes.len(), |address, length| {
            let part = &mut bytes[done..done + length];
            if address < BLOCK_BYTES {
                part.fill(0);
            } else {
                self.data.read(address, part);
            }
            done += length;
        });
    }

    /// Reads the range piece by piece through the read buffer. Stops when `each` returns false.
    pub fn read_pieces(&mut self, file: &File, at: u64, len: u64, mut each: impl FnMut(&[u8]) -> bool) -> bool {
        let mut buffer = self.take_scratch();
        let mut done = 0;
        let mut going = true;
        while going && done < len {
            let piece = (len - done).min(SCRATCH_BYTES as u64) as usize;
            self.read(file, at + done, &mut buffer[..piece]);
            going = each(&buffer[..piece]);
            done += piece as u64;
        }
        self.return_scratch(buffer);
        going
    }

    /// Fills a file that has no block yet with zeros. An error leaves the file unchanged.
    pub fn fill_zero(&mut self, file: &mut File) -> Result<(), Full> {
        let mut at = 0;
        while at < file.len {
            let piece = (file.len - at).min(BLOCK_BYTES);
            if let Err(full) = self.write(file, at, &ZEROS[..piece as usize]) {
                self.free(file);
                return Err(full);
            }
            at += piece;
        }
        Ok(())
    }

    /// Frees every block of the file.
    pub fn free(&mut self, file: &mut File) {
        if file.root != 0 {
            self.free_tree(file.root, file.depth(), file.block_count());
            file.root = 0;
        }
    }

    fn free_tree(&mut self, id: u32, depth: u32, block_count: u64) {
        if depth > 0 {
            let per_entry = blocks_per_entry(depth);
            let entries = self.table_entries(id, 0, block_count.div_ceil(per_entry) as usize);
            if depth == 1 {
                let used: Vec<u32> = entries.into_iter().filter(|entry| *entry != 0).collect();
                self.give_back(&used);
            } else {
                for (i, entry) in entries.into_iter().enumerate().filter(|(_, entry)| *entry != 0) {
                    let left = block_count - i as u64 * per_entry;
                    self.free_tree(entry, depth - 1, left.min(per_entry));
                }
            }
        }
        self.give_back(&[id]);
    }

    /// Returns the numbers of the blocks `first..first + count`, and allocates those that are missing. The caller must
    /// have reserved them.
    fn blocks_of(&mut self, file: &mut File, first: u64, count: usize) -> Vec<u32> {
        let depth = file.depth();
        if file.root == 0 {
            file.root = self.new_block(depth, file.block_count());
        }
        if depth == 0 {
            return vec![file.root];
        }
        let mut ids = Vec::with_capacity(count);
        while ids.len() < count {
            let block = first + ids.len() as u64;
            let table = self.leaf_table_for_write(file, depth, block);
            let start = block % FANOUT;
            let here = (count - ids.len()).min((FANOUT - start) as usize);
            let mut entries = self.table_entries(table, start, here);
            let missing = entries.iter().filter(|entry| **entry == 0).count();
            if missing > 0 {
                let mut fresh = self.take(missing).into_iter();
                for entry in entries.iter_mut().filter(|entry| **entry == 0) {
                    *entry = fresh.next().unwrap();
                }
                self.data.write(u64::from(table) * BLOCK_BYTES + start * 4, &le_bytes(&entries));
            }
            ids.extend(entries);
        }
        ids
    }

    /// Returns the table that holds the number of `block`, and allocates the missing tables above it.
    fn leaf_table_for_write(&mut self, file: &File, depth: u32, block: u64) -> u32 {
        let (mut table, mut level, mut index, mut count) = (file.root, depth, block, file.block_count());
        while level > 1 {
            let per_entry = blocks_per_entry(level);
            let slot = index / per_entry;
            (index, count) = (index % per_entry, (count - slot * per_entry).min(per_entry));
            let mut next = self.table_entries(table, slot, 1)[0];
            if next == 0 {
                next = self.new_block(level - 1, count);
                self.data.write(u64::from(table) * BLOCK_BYTES + slot * 4, &next.to_le_bytes());
            }
            (table, level) = (next, level - 1);
        }
        table
    }

    /// Returns the numbers of the blocks `first..first + count`, 0 for each missing one.
    fn existing_blocks_of(&self, file: &File, first: u64, count: usize) -> Vec<u32> {
        let depth = file.depth();
        if depth == 0 || file.root == 0 {
            return vec![file.root; count];
        }
        let mut ids = Vec::with_capacity(count);
        while ids.len() < count {
            let block = first + ids.len() as u64;
            let (mut table, mut level, mut index) = (file.root, depth, block);
            while level > 1 && table != 0 {
                let per_entry = blocks_per_entry(level);
                table = self.table_entries(table, index / per_entry, 1)[0];
                (index, level) = (index % per_entry, level - 1);
            }
            let start = block % FANOUT;
            let here = (count - ids.len()).min((FANOUT - start) as usize);
            if table == 0 {
                ids.resize(ids.len() + here, 0);
            } else {
                ids.extend(self.table_entries(table, start, here));
            }
        }
        ids
    }

    /// Allocates a block. If `depth` is not 0, the block is a table for `block_count` blocks and its entries are zero.
    fn new_block(&mut self, depth: u32, block_count: u64) -> u32 {
        let id = self.take(1)[0];
        if depth > 0 {
            let entries = block_count.div_ceil(blocks_per_entry(depth)).min(FANOUT);
            self.data.write(u64::from(id) * BLOCK_BYTES, &ZEROS[..entries as usize * 4]);
        }
        id
    }

    fn table_entries(&self, table: u32, start: u64, count: usize) -> Vec<u32> {
        let mut bytes = vec![0; count * 4];
        self.data.read(u64::from(table) * BLOCK_BYTES + start * 4, &mut bytes);
        u32s(&bytes)
    }
}

/// Calls `each(address, length)` for every run of consecutive blocks. An address below the first block stands for a
/// missing block.
fn for_each_run(ids: &[u32], offset: u64, len: usize, mut each: impl FnMut(u64, usize)) {
    let (mut i, mut offset, mut left) = (0, offset, len as u64);
    while left > 0 {
        let mut run = 1;
        while i + run < ids.len() && ids[i] != 0 && ids[i + run] == ids[i] + run as u32 {
            run += 1;
        }
        let length = (run as u64 * BLOCK_BYTES - offset).min(left);
        each(u64::from(ids[i]) * BLOCK_BYTES + offset, length as usize);
        (i, offset, left) = (i + run, 0, left - length);
    }
}
