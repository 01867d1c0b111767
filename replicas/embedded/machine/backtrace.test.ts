import { describe, expect, it } from 'vitest';
import { demangle } from './backtrace.js';

describe('demangle', () => {
  it.each([
    ['_ZN4core9panicking5panic17h0123456789abcdefE', 'core::panicking::panic'],
    ['_ZN3foo28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE', 'foo::{{closure}}'],
    [
      '_ZN41_$LT$a..B$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE',
      '<a::B as core::fmt::Debug>::fmt',
    ],
    ['_RNvCs6oclWC1_7___rustc17rust_begin_unwind', '__rustc::rust_begin_unwind'],
    ['canister_update put', 'canister_update put'],
    ['_ZN4core', '_ZN4core'],
  ])('converts %s to %s', (mangled, plain) => {
    expect(demangle(mangled)).toBe(plain);
  });
});
