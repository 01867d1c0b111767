use super::*;
use SessionState::*;

#[test]
fn finish_checks_hash_length_and_gaps_and_then_compares() {
    let mut bench = Bench::new();
    let bytes = data(3, 250);
    let digest = sha256(&bytes);
    let id = bench.begin(250, "k").unwrap();
    let finish =
        |bench: &mut Bench, hash: &[u8], len| bench.call(alice(), |store, call| store.finish(call, id, Ok(hash), len));
    bench.put(id, 0, &bytes[..100]).unwrap();
    bench.put(id, 2, &bytes[200..]).unwrap();
    assert_err(finish(&mut bench, &digest[..31], 250), "InvalidArgument");
    assert_err(finish(&mut bench, &digest, 300), "InvalidArgument");
    let gap = finish(&mut bench, &digest, 250).unwrap_err();
    assert_eq!(gap, Error::InvalidArgument("chunk 1 is missing".to_string()));
    bench.put(id, 1, &bytes[100..200]).unwrap();
    assert_err(finish(&mut bench, &[0; 32], 250), "ChecksumMismatch");
    assert_eq!(bench.state(id), Uploading);
    let result = bench.finish(id, &bytes).unwrap();
    assert_eq!(bench.finish(id, &bytes).unwrap(), result);
    assert_err(finish(&mut bench, &[0; 32], 250), "Conflict");
    assert_err(finish(&mut bench, &digest, 251), "Conflict");
    assert_err(finish(&mut bench, &[], 250), "InvalidArgument");
}

#[test]
fn an_empty_upload_can_be_finished_in_the_state_initiated() {
    let mut bench = Bench::new();
    let id = bench.begin(0, "k").unwrap();
    assert_err(bench.put(id, 0, &[]), "InvalidArgument");
    let result = bench.finish(id, &[]).unwrap();
    assert_eq!((result.size, bench.read(&result.blob_id)), (0, Ok(Vec::new())));
    bench.call(alice(), |store, call| store.delete_memory(call, &result.memory_id)).unwrap();
    assert_err(bench.read(&result.blob_id), "NotFound");
}

#[test]
fn the_hash_is_right_for_every_length_and_every_hash_budget() {
    for len in [1, 55, 56, 63, 64, 65, 99, 100, 101, 127, 128, 1_000, 6_400] {
        for budget in [64, 128, 1_024] {
            let arg = InitArg { chunk_size: Some(100), hash_bytes_per_call: Some(budget), ..InitArg::default() };
            let mut bench = Bench::with(arg);
            let bytes = data(len as u64, len);
            let id = bench.begin(len as u64, "k").unwrap();
            for index in (0..len.div_ceil(100)).rev() {
                bench.put(id, index as u32, &bytes[index * 100..len.min(index * 100 + 100)]).unwrap();
            }
            let result = bench.finish(id, &bytes).unwrap();
            assert_eq!(bench.read(&result.blob_id).unwrap(), bytes);
        }
    }
}

fn long_finish() -> (Bench, u64, u32, Vec<u8>) {
    let arg = InitArg { chunk_size: Some(1_000), hash_bytes_per_call: Some(64), ..InitArg::default() };
    let mut bench = Bench::with(arg);
    let bytes = data(9, 2_000);
    let id = bench.begin(2_000, "k").unwrap();
    bench.put_all(id, &bytes);
    let digest = sha256(&bytes);
    let finish = bench.call(alice(), |store, call| store.finish(call, id, Ok(&digest), 2_000)).unwrap();
    let Finish::Hashing { ticket } = finish else { panic!("it ended at once") };
    (bench, id, ticket, bytes)
}

#[test]
fn an_undone_finish_leaves_the_session_uploading_and_can_be_repeated() {
    let (mut bench, id, ticket, bytes) = long_finish();
    assert_eq!(bench.state(id), Finishing);
    bench.call(alice(), |store, call| store.finish_step(call, id, ticket)).unwrap();
    bench.call(alice(), |store, call| store.finish_undo(call, id, ticket));
    assert_eq!(bench.state(id), Uploading);
    assert_err(bench.call(alice(), |store, call| store.finish_step(call, id, ticket)), "InvalidState");
    bench.finish(id, &bytes).unwrap();
}

#[test]
fn an_upgrade_ends_a_finish_and_an_old_ticket_does_nothing() {
    let (mut bench, id, ticket, bytes) = long_finish();
    bench.upgrade(InitArg::default()).unwrap();
    assert_eq!(bench.state(id), Uploading);
    assert_err(bench.call(alice(), |store, call| store.finish_next(call, id, ticket)), "InvalidState");
    let digest = sha256(&bytes);
    let again = bench.call(alice(), |store, call| store.finish(call, id, Ok(&digest), 2_000)).unwrap();
    assert_ne!(again, Finish::Hashing { ticket });
    bench.call(alice(), |store, call| store.finish_undo(call, id, ticket));
    assert_eq!(bench.state(id), Finishing);
}

#[test]
fn a_wrong_hash_at_the_end_of_a_long_finish_is_a_mismatch() {
    let (mut bench, id, _, _) = long_finish();
    bench.upgrade(InitArg::default()).unwrap();
    let mut finish = bench.call(alice(), |store, call| store.finish(call, id, Ok(&[5; 32]), 2_000));
    while let Ok(Finish::Hashing { ticket }) = finish {
        bench.call(alice(), |store, call| store.finish_step(call, id, ticket)).unwrap();
        finish = bench.call(alice(), |store, call| store.finish_next(call, id, ticket));
    }
    assert_err(finish, "ChecksumMismatch");
    assert_eq!(bench.state(id), Uploading);
}
