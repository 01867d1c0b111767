/** The arrows between rooms, as docs/ARCHITECTURE.md draws them. `npm run lint` holds the code to them. */

/** Tests compose across rooms where they need a real replica; only product code is held to the arrows. */
const TEST_CODE = '\\.test\\.ts$|/testing/';

/** Room → what it may import besides itself and libraries. */
const ARROWS = {
  model: [],
  'replicas/replica.ts': [],
  'replicas/main-memory.ts': [],
  'replicas/message-timer.ts': [],
  'replicas/embedded': ['replicas/replica.ts', 'replicas/main-memory.ts'],
  'replicas/pocketic': ['replicas/replica.ts', 'replicas/main-memory.ts'],
  'replicas/live': ['replicas/replica.ts'],
  certification: [],
  'servers/http': [],
  'servers/pocketic': [
    'servers/http',
    'servers/ic',
    'certification',
    'replicas/replica.ts',
    'replicas/message-timer.ts',
    'replicas/embedded',
  ],
  'servers/ic': [
    'servers/http',
    'certification',
    'replicas/replica.ts',
    'replicas/message-timer.ts',
    'replicas/embedded',
    'targets/http-gateway-candid.ts',
  ],
  conformance: ['replicas', 'certification'],
  generators: ['model'],
  targets: ['replicas/replica.ts', 'model', 'certification'],
  'targets/http-gateway-candid.ts': ['replicas/replica.ts'],
  harness: ['model', 'targets', 'generators', 'replicas/replica.ts'],
  explore: ['harness', 'model', 'targets', 'generators', 'replicas/replica.ts'],
  client: [],
  pic: [
    'servers/http',
    'servers/pocketic',
    'replicas/replica.ts',
    'replicas/embedded',
    'replicas/pocketic/exact-json.ts',
    'targets/candid-library.ts',
  ],
  reports: ['harness', 'model', 'targets'],
  campaigns: ['explore', 'harness', 'generators', 'model', 'targets', 'replicas', 'reports'],
  cli: [
    'campaigns',
    'explore',
    'harness',
    'generators',
    'model',
    'targets',
    'replicas',
    'servers',
    'conformance',
    'reports',
    'bench',
    'client',
  ],
};

const inRoom = (room) => (room.endsWith('.ts') ? `^${room.replace('.', '\\.')}$` : `^${room}/`);

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(ARROWS).map(([room, allowed]) => ({
      name: `arrows-of-${room}`,
      severity: 'error',
      from: { path: inRoom(room), pathNot: TEST_CODE },
      to: {
        pathNot: [inRoom(room), ...allowed.map(inRoom), 'node_modules', '^canister/'],
        dependencyTypesNot: ['core'],
      },
    })),
    {
      name: 'product-code-imports-no-tests',
      severity: 'error',
      from: { pathNot: `${TEST_CODE}|^suites/|^docs/|^bench/` },
      to: { path: `${TEST_CODE}|^suites/` },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    includeOnly:
      '^(library|model|explore|replicas|servers|certification|conformance|generators|targets|harness|campaigns|client|pic|reports|bench|cli|suites|docs)/',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
