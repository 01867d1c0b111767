/** The classes of exchanges whose recorded answer the engine does not give. Each states how the answers differ, and why if that is final. */
export const DIFFERENCE_CLASSES = {
  'memory-boundary':
    'The engine does not have the last MiB of a 4 GiB memory, nor 64-bit memories above 4 GiB. This is final.',
  'stack-depth':
    'A recursion overflows the stack of the engine at another depth, so that its message costs another number of instructions. This is final.',
  'canister-status': 'Fields of canister_status differ.',
  'system-api-texts': 'Texts of the System API differ.',
  'module-validation': 'The text for a module that is not valid is that of the server’s validator.',
  'server-failures':
    'The server fails on the request and closes the connection. The server of this project answers it.',
  consequence: 'The answer follows from an earlier difference in the same trace.',
} as const;

export type DifferenceClass = keyof typeof DIFFERENCE_CLASSES;
