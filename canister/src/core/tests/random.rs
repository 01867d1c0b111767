//! Compares random schedules with a small model: a map of sessions, each a list of chunks.

use super::*;
use std::collections::BTreeMap;

const CHUNK: usize = 70;

struct ModelSession {
    data: Vec<u8>,
    stored: BTreeMap<u32, Vec<u8>>,
    paused: bool,
    ended: Option<&'static str>,
    updated_at: u64,
}

#[test]
fn random_schedules_agree_with_a_model() {
    for seed in 0..150 {
        run(seed);
    }
}

fn run(seed: u64) {
    let budget = [64, 192, 1 << 20][seed as usize % 3];
    let arg = InitArg {
        chunk_size: Some(CHUNK as u64),
        hash_bytes_per_call: Some(budget),
        session_ttl_ns: Some(1_000),
        record_ttl_ns: Some(1 << 50),
        ..InitArg::default()
    };
    let mut bench = Bench::with(arg);
    let mut rng = Rng(seed * 7_919 + 1);
    let mut model: BTreeMap<u64, ModelSession> = BTreeMap::new();
    for step in 0..200 {
        bench.pass(rng.below(60));
        if rng.below(8) == 0 || model.is_empty() {
            let len = [0, 1, 63, 64, CHUNK, CHUNK + 1, 500][rng.below(7) as usize];
            let id = bench.begin(len as u64, &format!("key {step}")).unwrap();
            let updated_at = bench.host.now.get();
            let data = data(seed ^ step, len);
            model.insert(id, ModelSession { data, stored: BTreeMap::new(), paused: false, ended: None, updated_at });
            continue;
        }
        let id = 1 + rng.below(model.len() as u64);
        act(&mut bench, &mut rng, id, model.get_mut(&id).unwrap(), seed);
        if rng.below(15) == 0 {
            bench.upgrade(InitArg::default()).unwrap();
        }
        if rng.below(15) == 0 {
            bench.call(alice(), |store, call| store.cleanup_all(call, Default::default()));
        }
    }
    let pending: usize = open(&bench, &model).map(|session| session.stored.values().map(Vec::len).sum::<usize>()).sum();
    bench.call(alice(), |store, call| store.cleanup_all(call, Default::default()));
    assert_eq!(bench.store.header.bytes_pending, pending as u64, "seed {seed}");
}

fn open<'a>(bench: &Bench, model: &'a BTreeMap<u64, ModelSession>) -> impl Iterator<Item = &'a ModelSession> {
    let now = bench.host.now.get();
    model.values().filter(move |session| session.ended.is_none() && now < session.updated_at + 1_000)
}

fn act(bench: &mut Bench, rng: &mut Rng, id: u64, session: &mut ModelSession, seed: u64) {
    let now = bench.host.now.get();
    if session.ended.is_none() && now >= session.updated_at + 1_000 {
        session.ended = Some("Failed");
    }
    let chunks = session.data.chunks(CHUNK).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (got, want) = match rng.below(10) {
        0 => (bench.call(alice(), |s, c| s.pause(c, id)), pause(session, true)),
        1 => (bench.call(alice(), |s, c| s.resume(c, id)), pause(session, false)),
        2 if rng.below(3) == 0 => {
            let want = match session.ended {
                Some("Completed") => Err("InvalidState"),
                _ => {
                    (session.ended, session.paused) = (Some("Cancelled"), false);
                    Ok(())
                }
            };
            (bench.call(alice(), |s, c| s.abort(c, id)), want)
        }
        3 | 4 => {
            let complete = session.stored.len() == chunks.len();
            let right = session.stored.values().flatten().copied().collect::<Vec<_>>() == session.data;
            let want = match (session.ended, session.paused) {
                (Some("Completed"), _) => Ok(()),
                (Some(_), _) | (None, true) => Err("InvalidState"),
                _ if !complete => Err("InvalidArgument"),
                _ if !right => Err("ChecksumMismatch"),
                _ => {
                    session.ended = Some("Completed");
                    Ok(())
                }
            };
            let got = bench.finish(id, &session.data).map(|result| {
                assert_eq!(bench.read(&result.blob_id).unwrap(), session.data, "seed {seed}");
            });
            (got, want)
        }
        choice => {
            let index = rng.below(chunks.len() as u64 + 1) as u32;
            let mut bytes = chunks.get(index as usize).cloned().unwrap_or_default();
            if choice == 9 && rng.below(4) == 0 && !bytes.is_empty() {
                bytes[0] ^= 1;
            }
            (bench.put(id, index, &bytes), put(session, index, &bytes, chunks.len() as u32, now))
        }
    };
    assert_eq!(got.as_ref().map(|_| ()).map_err(kind), want, "seed {seed}, session {id}: {got:?}");
    if got.is_ok() && session.ended.is_none() {
        session.updated_at = bench.status(id).unwrap().updated_at;
    }
}

fn pause(session: &mut ModelSession, to: bool) -> Result<(), &'static str> {
    if session.ended.is_some() || session.paused == to || session.stored.is_empty() {
        return Err("InvalidState");
    }
    session.paused = to;
    Ok(())
}

fn put(session: &mut ModelSession, index: u32, bytes: &[u8], count: u32, now: u64) -> Result<(), &'static str> {
    if session.ended.is_some() || session.paused {
        return Err("InvalidState");
    }
    if index >= count {
        return Err("InvalidArgument");
    }
    match session.stored.get(&index) {
        Some(stored) if stored == bytes => Ok(()),
        Some(_) => Err("Conflict"),
        None => {
            session.stored.insert(index, bytes.to_vec());
            session.updated_at = now;
            Ok(())
        }
    }
}
