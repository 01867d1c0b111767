//! Writes modules to stdout: `module-generator SEED FIRST COUNT [FILE…]`. Each module depends only on the seed, its number, and the
//! files, which are modules to mutate and to damage. A module is written as its number and its size (two little-endian u32), one byte
//! for how it was made (see `Kind`), and its bytes.

mod canister;
mod damage;

use canister::{plausible, unrestricted};
use damage::damage;
use rand::{rngs::SmallRng, Rng, RngCore, SeedableRng};
use std::io::{self, BufWriter, Write};
use std::panic::{catch_unwind, set_hook, AssertUnwindSafe};
use wasm_mutate::WasmMutate;
use wasm_smith::{Config, Module};

/// How a module was made. The first letter of the name is written.
#[derive(Clone, Copy)]
enum Kind {
    /// A module with the imports and exports of a canister and the instructions that a canister may have.
    Canister = b'c' as isize,
    /// A module with any feature that the generator knows.
    Unrestricted = b'u' as isize,
    /// A module after some mutations that keep it valid.
    Mutated = b'm' as isize,
    /// A module with damaged bytes.
    Damaged = b'd' as isize,
}

/// Bytes of randomness for one generated module.
const ENTROPY_MAX: usize = 8_192;
const MUTATIONS_MAX: usize = 6;
/// Steps of one mutation.
const FUEL: u64 = 300;
/// Larger modules are not mutated, because that takes seconds.
const MUTATED_BYTES_MAX: usize = 100_000;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| arguments.get(index).and_then(|text| text.parse::<u64>().ok());
    let (Some(seed), Some(first), Some(count)) = (number(0), number(1), number(2)) else {
        eprintln!("usage: module-generator SEED FIRST COUNT [FILE…]");
        std::process::exit(2);
    };
    let corpus = arguments[3..].iter().map(std::fs::read).collect::<io::Result<Vec<_>>>()?;
    set_hook(Box::new(|_| {}));
    let mut out = BufWriter::new(io::stdout().lock());
    for index in first..first + count {
        let mut random = SmallRng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index);
        let (kind, module) = make(&mut random, &corpus);
        out.write_all(&(index as u32).to_le_bytes())?;
        out.write_all(&(module.len() as u32).to_le_bytes())?;
        out.write_all(&[kind as u8])?;
        out.write_all(&module)?;
    }
    out.flush()
}

fn make(random: &mut SmallRng, corpus: &[Vec<u8>]) -> (Kind, Vec<u8>) {
    match random.gen_range(0..100) {
        0..=39 => (Kind::Canister, generate(random, plausible)),
        40..=49 => (Kind::Unrestricted, generate(random, unrestricted)),
        50..=74 => (Kind::Mutated, mutate(random, corpus)),
        _ => {
            let module = original(random, corpus);
            (Kind::Damaged, damage(random, module))
        }
    }
}

/// Generates a module. Randomness of some lengths gives none, so it is drawn again.
fn generate(random: &mut SmallRng, configure: fn(&mut SmallRng) -> Config) -> Vec<u8> {
    loop {
        let mut entropy = vec![0; random.gen_range(64..ENTROPY_MAX)];
        random.fill_bytes(&mut entropy);
        let config = configure(random);
        if let Ok(module) = Module::new(config, &mut arbitrary::Unstructured::new(&entropy)) {
            return module.to_bytes();
        }
    }
}

/// A module to change: a file or a generated one.
fn original(random: &mut SmallRng, corpus: &[Vec<u8>]) -> Vec<u8> {
    if corpus.is_empty() || random.gen_bool(0.5) {
        return generate(random, plausible);
    }
    corpus[random.gen_range(0..corpus.len())].clone()
}

fn mutate(random: &mut SmallRng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut module = original(random, corpus);
    if module.len() > MUTATED_BYTES_MAX {
        return damage(random, module);
    }
    for _ in 0..random.gen_range(1..=MUTATIONS_MAX) {
        let mut mutation = WasmMutate::default();
        mutation.seed(random.gen()).fuel(FUEL).preserve_semantics(random.gen_bool(0.3)).reduce(random.gen_bool(0.2));
        // The library fails on some modules.
        let next = catch_unwind(AssertUnwindSafe(|| mutation.run(&module).ok()?.next()?.ok()));
        match next {
            Ok(Some(changed)) => module = changed,
            _ => break,
        }
    }
    module
}
