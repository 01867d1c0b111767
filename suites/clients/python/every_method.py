"""Calls every public method of the Python package `pocket-ic` on the server. `npm run test:clients python` starts the tests.

The package starts the executable that POCKET_IC_BIN names: `bin/pocket-ic` of this repository.
"""

import gzip
import os
import unittest

import ic
from ic.candid import Types
from pocket_ic import PocketIC, SubnetConfig, SubnetKind

OWNER = ic.Principal(bytes([1, 2, 3, 4]))
TRILLION = 10**12
LEDGER = ic.Principal.from_str("ryjl3-tyaaa-aaaaa-aaaba-cai")

with open(os.environ["COUNTER_WASM"], "rb") as file:
    WASM = file.read()

CANDID = """service : {
  inc : () -> (nat64);
  get : () -> (nat64) query;
  now : () -> (nat64) query;
  refuse : () -> (nat64);
}"""


def count(reply: bytes) -> int:
    return ic.decode(bytes(reply), Types.Nat64)[0]["value"]


class EveryMethod(unittest.TestCase):
    def setUp(self):
        self.pic = PocketIC()

    def install(self) -> ic.Principal:
        canister = self.pic.create_canister()
        self.pic.add_cycles(canister, 100 * TRILLION)
        self.pic.install_code(canister, WASM, [])
        return canister

    def test_calls_updates_and_queries(self):
        canister = self.install()
        self.assertEqual(count(self.pic.update_call(canister, "inc", ic.encode([]))), 1)
        self.assertEqual(count(self.pic.query_call(canister, "get", ic.encode([]))), 1)
        self.pic.set_sender(OWNER)
        reply = self.pic.update_call_with_effective_principal(canister, None, "inc", ic.encode([]))
        self.assertEqual(count(reply), 2)
        self.pic.set_anonymous_sender()
        with self.assertRaisesRegex(ValueError, "reject code CanisterReject, reject message hello, world"):
            self.pic.update_call(canister, "refuse", ic.encode([]))

    def test_creates_an_actor_from_candid(self):
        canister = self.pic.create_and_install_canister_with_candid(CANDID, WASM)
        self.assertEqual(canister.inc(), [1])
        self.assertEqual(canister.get(), [1])

    def test_reads_and_sets_time(self):
        canister = self.install()
        start = self.pic.get_time()["nanos_since_epoch"]
        self.pic.advance_time(60 * 10**9)
        self.assertEqual(self.pic.get_time()["nanos_since_epoch"], start + 60 * 10**9)
        self.pic.set_time(1_900_000_000_000_000_001)
        self.pic.tick()
        self.assertEqual(count(self.pic.query_call(canister, "now", ic.encode([]))), 1_900_000_000_000_000_001)

    def test_reads_cycles_and_memory(self):
        canister = self.install()
        before = self.pic.get_cycles_balance(canister)
        self.assertEqual(self.pic.add_cycles(canister, 10**30), before + 10**30)
        self.pic.set_stable_memory(canister, b"abc")
        self.assertEqual(self.pic.get_stable_memory(canister)[:4], b"abc\0")
        self.pic.set_stable_memory(canister, gzip.compress(b"xyz"), compression="gzip")
        self.assertEqual(self.pic.get_stable_memory(canister)[:4], b"xyz\0")

    def test_creates_every_kind_of_subnet(self):
        config = SubnetConfig(
            application=2,
            bitcoin=True,
            fiduciary=True,
            ii=True,
            nns=True,
            sns=True,
            system=1,
            verified_application=1,
        )
        pic = PocketIC(config)
        topology = pic.topology()
        kinds = sorted(kind.value for kind in topology.values())
        self.assertEqual(
            kinds,
            ["Application", "Application", "Bitcoin", "Fiduciary", "II", "NNS", "SNS", "System", "VerifiedApplication"],
        )
        self.assertIn(b"\x30\x81\x82", pic.get_root_key())
        for subnet in topology:
            canister = pic.create_canister(subnet=subnet)
            self.assertEqual(str(pic.get_subnet(canister)), str(subnet))
        self.assertEqual(str(pic.create_canister(canister_id=LEDGER)), str(LEDGER))
        nns = [subnet for subnet, kind in topology.items() if kind == SubnetKind.NNS]
        self.assertEqual(str(pic.get_subnet(LEDGER)), str(nns[0]))
        self.assertTrue(pic.check_canister_exists(LEDGER))

    def test_returns_nothing_for_what_is_missing(self):
        self.assertIsNone(self.pic.get_root_key())
        self.assertFalse(self.pic.check_canister_exists(LEDGER))
        with self.assertRaisesRegex(ConnectionError, "CanisterNotFound"):
            self.pic.get_cycles_balance(LEDGER)

    def test_refuses_a_state_from_disk(self):
        config = SubnetConfig()
        config.add_subnet_with_state(SubnetKind.NNS, "/tmp")
        with self.assertRaises(Exception):
            self.pic.server.new_instance(config._json())

    def test_lists_and_deletes_instances(self):
        other = PocketIC()
        states = self.pic.server.list_instances()
        self.assertEqual(states[other.instance_id], "Available")
        self.pic.server.delete_instance(other.instance_id)
        self.assertEqual(self.pic.server.list_instances()[other.instance_id], "Deleted")


if __name__ == "__main__":
    unittest.main()
