import { describe, expect, it } from 'vitest';
import { PRELUDE } from './testing/module-text.js';
import { createTestDriver, hexOf } from './testing/test-driver.js';

/** Each `memory.fill` of a page costs its bytes. A slice has 2e9 instructions. */
const FILLS_OF_A_SLICE = 2e9 / 65_536;

/** `work` stores its number, uses a given number of slices, replies, and traps at the end if the number is 66. `read` shows the number. */
const WORKER = `${PRELUDE.replace('(memory 1)', '(memory 4)')}
  (func $spend (param $fills i32)
    (loop $again
      (memory.fill (i32.const 131072) (i32.const 1) (i32.const 65536))
      (br_if $again (local.tee $fills (i32.sub (local.get $fills) (i32.const 1))))))
  (func (export "canister_update work")
    (call $arg_copy (i32.const 65536) (i32.const 0) (i32.const 2))
    (call $spend (i32.mul (i32.const ${Math.ceil(FILLS_OF_A_SLICE)}) (i32.load8_u (i32.const 65537))))
    (if (i32.eq (i32.load8_u (i32.const 65536)) (i32.const 66)) (then unreachable))
    (call $reply))
  (func (export "canister_update note")
    (i32.store (i32.const 65540) (i32.add (i32.load (i32.const 65540)) (i32.const 1))) (call $reply))
  (func (export "canister_query read") (call $append (i32.const 65536) (i32.const 1)) (call $reply))
  (func (export "canister_query notes") (call $append (i32.const 65540) (i32.const 1)) (call $reply))`;

async function installed() {
  const driver = createTestDriver();
  const canister = await driver.install(WORKER);
  const { engine } = driver.replica;
  const read = async (method: string) => hexOf(await driver.query(canister, method));
  return { driver, engine, canister, read };
}

describe('a message that uses more instructions than a slice has', () => {
  it('ends in a later round, and nothing of it is visible before', async () => {
    const { driver, engine, canister, read } = await installed();
    const id = await driver.submit(canister, 'work', Uint8Array.of(7, 2));
    for (let round = 0; round < 2; round++) {
      engine.round();
      expect([engine.poll(id), await read('read')]).toEqual([undefined, '00']);
    }
    engine.round();
    expect(engine.poll(id)).toMatchObject({ kind: 'reply' });
    expect(await read('read')).toBe('07');
  });

  it('delays the other messages of its canister, and not those of other canisters', async () => {
    const { driver, engine, canister, read } = await installed();
    const other = await driver.install(WORKER);
    await driver.submit(canister, 'work', Uint8Array.of(7, 1));
    engine.round();
    const ids = [await driver.submit(canister, 'note'), await driver.submit(other, 'note')];
    engine.round();
    expect(ids.map((id) => engine.poll(id)?.kind)).toEqual([undefined, 'reply']);
    engine.round();
    expect(ids.map((id) => engine.poll(id)?.kind)).toEqual(['reply', 'reply']);
    expect([await read('read'), await read('notes')]).toEqual(['07', '01']);
  });

  it('changes nothing if it traps in its last slice', async () => {
    const { driver, engine, canister, read } = await installed();
    const id = await driver.submit(canister, 'work', Uint8Array.of(66, 1));
    engine.round();
    engine.round();
    expect(engine.poll(id)).toMatchObject({ kind: 'reject' });
    expect(await read('read')).toBe('00');
  });

  it('continues after a snapshot is restored', async () => {
    const { driver, engine, canister, read } = await installed();
    const id = await driver.submit(canister, 'work', Uint8Array.of(9, 1));
    engine.round();
    const snapshot = engine.snapshot();
    for (let time = 0; time < 2; time++) {
      engine.restore(snapshot);
      expect([engine.poll(id), await read('read')]).toEqual([undefined, '00']);
      engine.round();
      expect([engine.poll(id)?.kind, await read('read')]).toEqual(['reply', '09']);
    }
  });

  it('ends at once if messages are delivered one by one', async () => {
    const { driver, canister, read } = await installed();
    const id = await driver.submit(canister, 'work', Uint8Array.of(7, 1));
    await driver.deliver('ingress');
    expect(driver.replica.engine.poll(id)).toMatchObject({ kind: 'reply' });
    expect(await read('read')).toBe('07');
  });
});
