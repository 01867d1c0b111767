import { PocketIc, SubnetStateType } from '@dfinity/pic';
import { Principal } from '@icp-sdk/core/principal';

/** Creates a canister on the NNS and one on an application subnet. Returns the types of their subnets. */
export async function createOnTwoSubnets(serverUrl: string): Promise<readonly string[]> {
  const subnet = { state: { type: SubnetStateType.New } } as const;
  const pic = await PocketIc.create(serverUrl, { nns: subnet, application: [subnet] });
  try {
    const ledger = Principal.fromText('ryjl3-tyaaa-aaaaa-aaaba-cai');
    await pic.createCanister({ targetCanisterId: ledger });
    const [application] = await pic.getApplicationSubnets();
    const canister = await pic.createCanister({ targetSubnetId: application!.id });

    const topology = await pic.getTopology();
    const places = [await pic.getCanisterSubnetId(ledger), await pic.getCanisterSubnetId(canister)];
    return places.map((place) => topology.find(({ id }) => id.toText() === place?.toText())!.type);
  } finally {
    await pic.tearDown();
  }
}
