import { describe, expect, it } from 'vitest';
import { canisterIndex } from '../../replicas/embedded/principals.js';
import type { SubnetKind } from './subnet-kinds.js';
import { Topology } from './topology.js';

function create(...kinds: SubnetKind[]): Topology {
  return new Topology(
    kinds.map((kind) => ({ kind, instructionConfig: 'Production', costSchedule: 'normal' })),
  );
}
const firstIndex = (topology: Topology): string => topology.defaultSubnet.ranges.at(-1)!.first.toString(16);

const ALL: readonly SubnetKind[] = [
  'NNS',
  'SNS',
  'II',
  'Fiduciary',
  'Bitcoin',
  'System',
  'Application',
  'VerifiedApplication',
];

describe('the id of a subnet', () => {
  /**
   * The first is from the golden traces. The others are from public repositories that recorded the output of PocketIC: a topology that
   * pic-js printed for an NNS and an application subnet, and tests of an RPC canister that name their subnet.
   */
  it.each([
    [['Application'], 0, 'qxw6a-xchhl-fytzl-qfagk-kuv6t-ye6xf-box4s-fiqod-vn2ex-qkp3q-5ae'],
    [['NNS', 'Application'], 0, 'qidue-b5dtt-2qlvl-izwys-ayphk-ov2vd-oq3dv-b7afy-b7e5f-ujzhi-oqe'],
    [['NNS', 'Application'], 1, 'j3hn4-tfek2-2dzwi-2fiwt-yl43g-lljef-o5tyt-oi44t-pnvrw-tbquz-bae'],
    [['NNS', 'II', 'Application'], 2, 'cok7q-nnbiu-4xwf6-7gpqg-kwzft-mqypn-uepxh-mx2hy-q4wuy-5s5my-eae'],
  ] as const)('equals the published id for the subnets %j, number %i', (kinds, number, id) => {
    expect(create(...kinds).subnets[number]!.id).toBe(id);
  });

  it('is unique, and the topology is sorted by the bytes of the ids', () => {
    const topology = create(...ALL, 'System', 'Application', 'VerifiedApplication');
    const { subnet_configs: listed } = topology.toWire() as { subnet_configs: Record<string, object> };
    expect(new Set(Object.keys(listed)).size).toBe(11);
    const kinds = Object.values(listed).map((subnet) => (subnet as { subnet_kind: string }).subnet_kind);
    expect([...kinds].sort()).toEqual([...ALL, 'System', 'Application', 'VerifiedApplication'].sort());
    expect(kinds).not.toEqual(topology.subnets.map(({ kind }) => kind));
  });
});

describe('a canister id', () => {
  it('is in the mainnet ranges of its subnet, or in the block that the subnet assigns', () => {
    const ranges = create(...ALL).subnets.map(({ kind, ranges: all }) => [
      kind,
      ...all.map(({ first, last }) => `${first.toString(16)}-${last.toString(16)}`),
    ]);
    expect(ranges).toEqual([
      ['NNS', '0-6', '8-fffff', 'ffffffffffe00000-ffffffffffefffff'],
      ['SNS', '2000000-20fffff', 'ffffffffffd00000-ffffffffffdfffff'],
      ['II', '7-7', '2100000-21fffff', 'ffffffffffc00000-ffffffffffcfffff'],
      ['Fiduciary', '2300000-23fffff', 'ffffffffffb00000-ffffffffffbfffff'],
      ['Bitcoin', '1a00000-1afffff', 'ffffffffffa00000-ffffffffffafffff'],
      ['System', 'ffffffffff900000-ffffffffff9fffff'],
      ['Application', 'ffffffffff800000-ffffffffff8fffff'],
      ['VerifiedApplication', 'ffffffffff700000-ffffffffff7fffff'],
    ]);
  });

  it('is assigned by the default subnet: the first application, verified application, or system subnet, or the root', () => {
    expect(firstIndex(create('NNS', 'System', 'Application', 'VerifiedApplication'))).toBe(
      'ffffffffffc00000',
    );
    expect(firstIndex(create('NNS', 'System', 'VerifiedApplication'))).toBe('ffffffffffc00000');
    expect(firstIndex(create('II', 'Bitcoin', 'System'))).toBe('ffffffffffc00000');
    expect(firstIndex(create('SNS', 'Fiduciary'))).toBe('ffffffffffe00000');
  });

  it('routes to the subnet that hosts it, even if the canister does not exist', () => {
    const topology = create('NNS', 'II', 'Application');
    const kindOf = (id: string) => topology.route(id)?.kind;
    expect(kindOf('ryjl3-tyaaa-aaaaa-aaaba-cai')).toBe('NNS');
    expect(kindOf('rdmx6-jaaaa-aaaaa-aaadq-cai')).toBe('II');
    expect(kindOf('lxzze-o7777-77777-aaaaa-cai')).toBe('NNS');
    expect(kindOf('7tjcv-pp777-77776-qaaaa-cai')).toBe('II');
    expect(kindOf('mf7xa-laaaa-aaaar-qaaaa-cai')).toBeUndefined();
    expect(kindOf('2vxsx-fae')).toBeUndefined();
  });
});

describe('a canister of the mainnet that no subnet hosts', () => {
  it('gets a subnet of its kind with the block of its id', () => {
    const topology = create('Application');
    const planned = topology.planForCanister('mf7xa-laaaa-aaaar-qaaaa-cai');
    expect(planned).toMatchObject({ kind: 'Fiduciary', nodes: 34, instructionConfig: 'Production' });
    expect(topology.planForCanister('5s2ji-faaaa-aaaaa-qaaaq-cai').kind).toBe('Application');
    const index = canisterIndex('mf7xa-laaaa-aaaar-qaaaa-cai')!;
    expect(planned.ranges.map(({ first, last }) => [first <= index && index <= last, last - first])).toEqual([
      [true, 0xfffffn],
      [false, 0xfffffn],
    ]);
    expect(topology.route('mf7xa-laaaa-aaaar-qaaaa-cai')).toBeUndefined();
    topology.add(planned);
    expect(topology.route('mf7xa-laaaa-aaaar-qaaaa-cai')).toBe(planned);
  });

  it.each([
    ['rrkah-fqaaa-aaaaa-aaaaq-cai', /belongs to the NNS or II subnet on the IC mainnet/],
    ['rdmx6-jaaaa-aaaaa-aaadq-cai', /belongs to the NNS or II subnet on the IC mainnet/],
    [
      '2vxsx-fae',
      /^The binary representation 04 of effective canister ID 2vxsx-fae should consist of 10 bytes\.$/,
    ],
    ['7tjcv-pp777-77776-qaaaa-cai', /is not a mainnet canister ID/],
  ])('gets no subnet if its id is %s', (canister, reason) => {
    expect(() => create('Application').planForCanister(canister)).toThrow(reason);
  });
});
