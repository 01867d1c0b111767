/// SHA-256 of bytes that arrive in pieces.
import Array "mo:core/Array";
import Blob "mo:core/Blob";
import Nat "mo:core/Nat";
import Nat32 "mo:core/Nat32";
import Nat64 "mo:core/Nat64";
import Nat8 "mo:core/Nat8";
import VarArray "mo:core/VarArray";

module {
  public type State = {
    hash : [var Nat32];
    /// The bytes of the block that is not full yet.
    block : [var Nat8];
    var inBlock : Nat;
    var length : Nat64;
    /// Room for the message schedule of one block.
    words : [var Nat32];
  };

  public func new() : State = {
    hash = VarArray.fromArray<Nat32>(INITIAL);
    block = VarArray.repeat<Nat8>(0, 64);
    var inBlock = 0;
    var length = 0;
    words = VarArray.repeat<Nat32>(0, 64);
  };

  public func update(state : State, bytes : Blob) {
    for (byte in bytes.values()) append(state, byte);
    state.length += Nat64.fromNat(bytes.size());
  };

  /// Ends the computation: the state must not be used afterwards.
  public func digest(state : State) : Blob {
    let bits = state.length * 8;
    append(state, 0x80);
    while (state.inBlock != 56) append(state, 0);
    for (at in Nat.range(0, 8)) append(state, byteOf(bits >> Nat64.fromNat(56 - 8 * at)));
    let bytes = func(at : Nat) : Nat8 = byteOf(Nat32.toNat64(state.hash[at / 4] >> Nat32.fromNat(24 - 8 * (at % 4))));
    Blob.fromArray(Array.tabulate<Nat8>(32, bytes));
  };

  public func hash(pieces : [Blob]) : Blob {
    let state = new();
    for (piece in pieces.values()) update(state, piece);
    digest(state);
  };

  func byteOf(word : Nat64) : Nat8 = Nat8.fromNat(Nat64.toNat(word & 0xff));

  func append(state : State, byte : Nat8) {
    state.block[state.inBlock] := byte;
    state.inBlock += 1;
    if (state.inBlock == 64) {
      compress(state);
      state.inBlock := 0;
    };
  };

  func compress({ hash; block; words } : State) {
    for (at in Nat.range(0, 16)) {
      let byte = func(offset : Nat) : Nat32 = Nat32.fromNat(Nat8.toNat(block[4 * at + offset]));
      words[at] := byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
    };
    for (at in Nat.range(16, 64)) {
      let a = words[at - 15];
      let b = words[at - 2];
      let s0 = (a <>> 7) ^ (a <>> 18) ^ (a >> 3);
      let s1 = (b <>> 17) ^ (b <>> 19) ^ (b >> 10);
      words[at] := words[at - 16] +% s0 +% words[at - 7] +% s1;
    };
    var a = hash[0];
    var b = hash[1];
    var c = hash[2];
    var d = hash[3];
    var e = hash[4];
    var f = hash[5];
    var g = hash[6];
    var h = hash[7];
    for (at in Nat.range(0, 64)) {
      let choice = (e & f) ^ ((^e) & g);
      let majority = (a & b) ^ (a & c) ^ (b & c);
      let t1 = h +% ((e <>> 6) ^ (e <>> 11) ^ (e <>> 25)) +% choice +% ROUND[at] +% words[at];
      let t2 = ((a <>> 2) ^ (a <>> 13) ^ (a <>> 22)) +% majority;
      h := g;
      g := f;
      f := e;
      e := d +% t1;
      d := c;
      c := b;
      b := a;
      a := t1 +% t2;
    };
    let sums = [a, b, c, d, e, f, g, h];
    for (at in sums.keys()) hash[at] +%= sums[at];
  };

  let INITIAL : [Nat32] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ];

  let ROUND : [Nat32] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ];
};
