//! Damage to the bytes of a module.

use rand::{rngs::SmallRng, Rng};

const CHANGES_MAX: usize = 8;
/// Bytes that often change the meaning of what follows: the ends of ranges of numbers, and opcodes.
const SPECIAL: &[u8] = &[0x00, 0x01, 0x7f, 0x80, 0xff, 0x0b, 0x40, 0x41, 0x60, 0x70, 0xfc, 0xfd];

pub fn damage(random: &mut SmallRng, mut module: Vec<u8>) -> Vec<u8> {
    for _ in 0..random.gen_range(1..=CHANGES_MAX) {
        if module.is_empty() {
            return module;
        }
        let at = random.gen_range(0..module.len());
        match random.gen_range(0..8) {
            0 => module[at] ^= 1 << random.gen_range(0..8),
            1 => module[at] = random.gen(),
            2 => module[at] = SPECIAL[random.gen_range(0..SPECIAL.len())],
            3 => module[at] = module[at].wrapping_add(1),
            4 => module.insert(at, SPECIAL[random.gen_range(0..SPECIAL.len())]),
            5 => drop(module.remove(at)),
            6 => repeat_part(random, &mut module, at),
            _ => cut_part(random, &mut module, at),
        }
    }
    module
}

fn repeat_part(random: &mut SmallRng, module: &mut Vec<u8>, at: usize) {
    let end = (at + random.gen_range(1..64)).min(module.len());
    let part = module[at..end].to_vec();
    let to = random.gen_range(0..=module.len());
    module.splice(to..to, part);
}

fn cut_part(random: &mut SmallRng, module: &mut Vec<u8>, at: usize) {
    let end = if random.gen_bool(0.3) { module.len() } else { (at + random.gen_range(1..64)).min(module.len()) };
    module.drain(at..end);
}
