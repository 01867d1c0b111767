use super::*;
use SessionState::*;

#[test]
fn chunks_can_arrive_in_any_order_and_are_read_back() {
    let mut bench = Bench::new();
    let bytes = data(1, 250);
    let id = bench.begin(250, "k").unwrap();
    assert_eq!(bench.state(id), Initiated);
    for index in [2, 0, 1] {
        let start = index as usize * 100;
        bench.put(id, index, &bytes[start..(start + 100).min(250)]).unwrap();
        assert_eq!(bench.state(id), Uploading);
    }
    let result = bench.finish(id, &bytes).unwrap();
    assert_eq!(bench.read(&result.blob_id).unwrap(), bytes);
    assert_eq!(bench.state(id), Completed);
}

#[test]
fn a_put_with_a_wrong_index_or_length_is_refused() {
    let mut bench = Bench::new();
    let id = bench.begin(250, "k").unwrap();
    for (index, len) in [(3, 50), (u32::MAX, 100), (0, 99), (0, 101), (2, 49), (2, 100), (1, 0)] {
        assert_err(bench.put(id, index, &vec![7; len]), "InvalidArgument");
    }
    assert_eq!(bench.state(id), Initiated);
}

#[test]
fn a_repeated_put_changes_nothing_and_other_bytes_are_a_conflict() {
    let mut bench = Bench::new();
    let id = bench.begin(200, "k").unwrap();
    bench.put(id, 0, &[1; 100]).unwrap();
    let before = bench.status(id).unwrap();
    bench.pass(5);
    bench.put(id, 0, &[1; 100]).unwrap();
    assert_err(bench.put(id, 0, &[2; 100]), "Conflict");
    assert_eq!(bench.status(id).unwrap(), before);
}

#[test]
fn missing_ranges_are_half_open_and_not_adjacent() {
    let mut bench = Bench::new();
    let id = bench.begin(700, "k").unwrap();
    for index in [0, 3, 4] {
        bench.put(id, index, &[1; 100]).unwrap();
    }
    let missing = bench.status(id).unwrap().missing;
    assert_eq!(missing, [ChunkRange { start: 1, end: 3 }, ChunkRange { start: 5, end: 7 }]);
}

#[test]
fn each_state_allows_the_calls_in_the_table() {
    type Op = fn(&mut Bench, u64) -> Result<(), Error>;
    let ops: [(&str, Op); 4] = [
        ("put", |bench, id| bench.put(id, 0, &[1; 100])),
        ("pause", |bench, id| bench.call(alice(), |store, call| store.pause(call, id))),
        ("resume", |bench, id| bench.call(alice(), |store, call| store.resume(call, id))),
        ("abort", |bench, id| bench.call(alice(), |store, call| store.abort(call, id))),
    ];
    for (state, allowed) in [
        (Initiated, "put abort"),
        (Uploading, "put pause abort"),
        (Paused, "resume abort"),
        (Finishing, ""),
        (Completed, ""),
        (Failed, "abort"),
        (Cancelled, "abort"),
    ] {
        for (name, op) in ops {
            let (mut bench, id) = in_state(state);
            assert_eq!(bench.state(id), state);
            match op(&mut bench, id) {
                Ok(()) => assert!(allowed.contains(name), "{name} in {state:?}"),
                Err(error) => {
                    assert!(!allowed.contains(name), "{name} in {state:?}: {error:?}");
                    assert_eq!(kind(&error), "InvalidState");
                    assert_eq!(bench.state(id), state);
                }
            }
        }
    }
}

/// Creates a bench with a session of 200 bytes in the given state.
fn in_state(state: SessionState) -> (Bench, u64) {
    let arg = InitArg { chunk_size: Some(100), hash_bytes_per_call: Some(64), ..InitArg::default() };
    let mut bench = Bench::with(arg);
    let id = bench.begin(200, "k").unwrap();
    if state != Initiated {
        bench.put(id, 1, &[1; 100]).unwrap();
    }
    match state {
        Initiated | Uploading => {}
        Paused => bench.call(alice(), |store, call| store.pause(call, id)).unwrap(),
        Failed => bench.pass(24 * HOUR),
        Cancelled => bench.call(alice(), |store, call| store.abort(call, id)).unwrap(),
        Finishing | Completed => {
            bench.put(id, 0, &[1; 100]).unwrap();
            if state == Completed {
                bench.finish(id, &[1; 200]).unwrap();
            } else {
                let digest = sha256(&[1; 200]);
                bench.call(alice(), |store, call| store.finish(call, id, Ok(&digest), 200)).unwrap();
            }
        }
    }
    (bench, id)
}

#[test]
fn a_session_expires_exactly_on_time_and_its_record_is_removed_a_day_later() {
    let mut bench = Bench::new();
    let id = bench.begin(200, "k").unwrap();
    bench.pass(24 * HOUR - 1);
    bench.put(id, 0, &[1; 100]).unwrap();
    bench.pass(24 * HOUR - 1);
    assert_eq!(bench.state(id), Uploading);
    bench.pass(1);
    assert_eq!(bench.state(id), Failed);
    assert_err(bench.put(id, 1, &[1; 100]), "InvalidState");
    bench.pass(24 * HOUR - 1);
    assert_eq!(bench.state(id), Failed);
    bench.pass(1);
    assert_err(bench.status(id), "NotFound");
}

#[test]
fn cleanup_frees_what_expired_sessions_hold_and_changes_no_other_session() {
    let mut bench = Bench::new();
    let old = bench.begin(200, "old").unwrap();
    bench.put(old, 0, &[1; 100]).unwrap();
    bench.pass(HOUR);
    let young = bench.begin(200, "young").unwrap();
    bench.put(young, 0, &[2; 100]).unwrap();
    bench.pass(23 * HOUR);
    let result = bench.call(alice(), |store, call| store.cleanup_own(call)).unwrap();
    assert_eq!(result, CleanupResult { sessions_expired: 1, records_removed: 0, bytes_freed: 100 });
    assert_eq!((bench.state(old), bench.state(young)), (Failed, Uploading));
    bench.put(young, 1, &[2; 100]).unwrap();
    bench.finish(young, &[2; 200]).unwrap();
    bench.pass(48 * HOUR);
    bench.call(alice(), |store, call| store.cleanup_all(call, Default::default()));
    assert_err(bench.status(old), "NotFound");
    assert_err(bench.status(young), "NotFound");
    assert_eq!(bench.store.details.len(), 0);
    assert_eq!(bench.store.keys.len(), 0);
    assert_eq!(bench.read("blob_1").unwrap(), [2; 200]);
}

#[test]
fn an_idempotency_key_returns_its_session_until_the_session_is_over() {
    let mut bench = Bench::new();
    let id = bench.begin(200, "k").unwrap();
    assert_eq!(bench.begin(200, "k"), Ok(id));
    assert_err(bench.begin(300, "k"), "Conflict");
    bench.call(alice(), |store, call| store.abort(call, id)).unwrap();
    let second = bench.begin(300, "k").unwrap();
    assert_eq!(second, id + 1);
    bench.pass(24 * HOUR);
    let third = bench.begin(200, "k").unwrap();
    assert_eq!(third, id + 2);
    bench.call(alice(), |store, call| store.cleanup_own(call)).unwrap();
    assert_eq!(bench.begin(200, "k"), Ok(third));
}

#[test]
fn begin_checks_in_the_order_of_the_readme() {
    let arg = InitArg {
        chunk_size: Some(100),
        max_bytes: Some(1_000),
        max_chunks: Some(5),
        max_active_sessions: Some(1),
        ..InitArg::default()
    };
    let mut bench = Bench::with(arg);
    let mut begin = |caller, capsule: &str, name: &str, bytes, chunks, key: &str| {
        bench.call(caller, |store, call| store.begin(call, capsule, &asset(name, bytes), chunks, key))
    };
    assert_err(begin(bob(), "capsule_2", "", 100, 9, ""), "NotFound");
    assert_err(begin(bob(), "capsule_1", "", 100, 9, ""), "Unauthorized");
    assert_err(begin(alice(), "capsule_1", "", 100, 1, "k"), "InvalidArgument");
    assert_err(begin(alice(), "capsule_1", "a", 100, 1, ""), "InvalidArgument");
    assert_err(begin(alice(), "capsule_1", "a", u64::MAX, u32::MAX, "k"), "InvalidArgument");
    assert_err(begin(alice(), "capsule_1", "a", 1_001, 11, "k"), "ResourceExhausted");
    assert_err(begin(alice(), "capsule_1", "a", 501, 6, "k"), "ResourceExhausted");
    assert_err(begin(alice(), "capsule_1", &"n".repeat(1_025), 100, 1, "k"), "ResourceExhausted");
    assert_eq!(begin(alice(), "capsule_1", "a", 0, 0, "k"), Ok(1));
    assert_err(begin(alice(), "capsule_1", "a", 100, 1, "k2"), "ResourceExhausted");
    assert_err(begin(alice(), "capsule_1", "b", 0, 0, "k"), "ResourceExhausted");
    assert_eq!(begin(alice(), "capsule_1", "a", 0, 0, "k"), Ok(1));
}

#[test]
fn expired_sessions_do_not_count_as_active() {
    let mut bench = Bench::with(InitArg { max_active_sessions: Some(2), ..InitArg::default() });
    for round in 0..3 {
        bench.begin(5, &format!("a{round}")).unwrap();
        bench.begin(5, &format!("b{round}")).unwrap();
        assert_err(bench.begin(5, &format!("c{round}")), "ResourceExhausted");
        bench.pass(24 * HOUR);
    }
}

#[test]
fn the_anonymous_caller_is_refused_unless_allowed() {
    let anonymous = Principal::anonymous();
    let mut bench = Bench::new();
    assert_err(bench.call(anonymous, |store, call| store.create_capsule(call, None)), "Unauthorized");
    assert_err(bench.call(anonymous, |store, call| store.cleanup_own(call)), "Unauthorized");
    let mut bench = Bench::with(InitArg { allow_anonymous: Some(true), ..InitArg::default() });
    let capsule = bench.call(anonymous, |store, call| store.create_capsule(call, None)).unwrap();
    assert_eq!(bench.call(anonymous, |store, call| store.list_capsules(call)), [capsule]);
}

#[test]
fn stable_memory_stops_growing_over_cycles_of_abort_and_expiry() {
    let mut bench = Bench::with(InitArg { chunk_size: Some(50_000), ..InitArg::default() });
    let mut sizes = Vec::new();
    for round in 0..300u64 {
        let id = bench.begin(120_000, &format!("k{round}")).unwrap();
        bench.put(id, 1, &[1; 50_000]).unwrap();
        bench.put(id, 2, &[1; 20_000]).unwrap();
        if round % 2 == 0 {
            bench.call(alice(), |store, call| store.abort(call, id)).unwrap();
        }
        bench.pass(25 * HOUR);
        bench.call(alice(), |store, call| store.cleanup_own(call)).unwrap();
        sizes.push(bench.memories.iter().map(|memory| memory.borrow().len()).sum::<usize>());
    }
    assert_eq!(sizes[20], sizes[299]);
    assert_eq!(bench.store.header.bytes_pending, 0);
}
