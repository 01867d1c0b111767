/** The classes of exchanges whose recorded answer the engine does not give. Each states how the answers differ, and why if that is final. */
export const DIFFERENCE_CLASSES = {
  'management-rounds':
    'The server answers a call of a canister to the management canister one round later, and rejects one that it cannot route in the first round.',
  'reject-rounds': 'The server rejects a call to a stopping or stopped canister in the second round.',
  'outcall-rounds': 'HTTP outcalls are listed, answered, and timed out in other rounds.',
  'call-deadlines':
    'The server expires a best-effort call when the clock has passed its deadline by one second.',
  'query-time': 'Queries and inspect_message see the time of the last round, not a time that was set since.',
  'expired-ingress': 'The server never answers a message whose expiry has passed when its round comes.',
  'heavy-messages': 'The server executes a heavy message in slices over several rounds.',
  'memory-allocation':
    'The server enforces the memory allocation of a canister and the capacity of the subnet.',
  'wasm-memory-limit':
    'The server enforces the Wasm memory limit in other kinds of messages, and has a default.',
  'memory-boundary':
    'The engine does not have the last MiB of a 4 GiB memory, nor 64-bit memories above 4 GiB. This is final.',
  'stack-depth':
    'A recursion overflows the stack of the engine at another depth, so that its message costs another number of instructions. This is final.',
  'low-memory-hook': 'The hook for low memory runs in the same round on the server.',
  'canister-status': 'Fields of canister_status differ.',
  'candid-order': 'A Candid reply has the same values, and another order of its type table.',
  'data-certificates': 'Queries have a data certificate on the server, with the state of the last round.',
  'certificate-texts': 'Texts about certified data that is out of range differ.',
  balances: 'Balances of cycles differ.',
  'system-api-texts': 'Texts of the System API differ.',
  'candid-errors': 'The text for arguments that are not valid Candid is that of the server’s decoder.',
  'management-methods':
    'The server knows more methods of the management canister, or answers them otherwise.',
  'management-texts': 'Texts of the management canister differ.',
  'canister-history': 'The history of a canister and its version differ.',
  'chunked-code': 'Texts of install_chunked_code and of the chunk store differ.',
  snapshots: 'Snapshots differ in sizes, ids, texts, or supported calls.',
  'canister-logs': 'Texts of fetch_canister_logs differ.',
  settings: 'The server checks the ranges of more settings.',
  outcalls: 'The server checks more fields of HTTP outcalls, and prints prices with underscores.',
  'module-validation': 'The text for a module that is not valid is that of the server’s validator.',
  'module-instantiation': 'The server refuses modules that its Wasm engine cannot instantiate.',
  backtraces: 'Backtraces differ in indices and names.',
  'json-errors': 'The text for a malformed body is that of the server’s JSON parser.',
  'server-paths': 'The server has more endpoints, and other answers for unknown paths.',
  'server-instances': 'Checks and texts for instances and their configuration differ.',
  'server-failures':
    'The server fails on the request and closes the connection. The server of this project answers it.',
  'server-values': 'Checks and texts for values in requests differ.',
  'instance-http': 'The HTTP interface of an instance.',
  'threshold-keys': 'Threshold keys and signatures.',
  consequence: 'The answer follows from an earlier difference in the same trace.',
} as const;

export type DifferenceClass = keyof typeof DIFFERENCE_CLASSES;
