/// A file store in Motoko: uploads are opened, written in parts and closed. Its interface is that of `custom-target.ts`, by which
/// the suite drives it (see docs/custom-target.md).
import Blob "mo:core/Blob";
import Map "mo:core/Map";
import Nat "mo:core/Nat";
import Nat32 "mo:core/Nat32";
import Nat64 "mo:core/Nat64";
import Nat8 "mo:core/Nat8";
import Principal "mo:core/Principal";
import Text "mo:core/Text";
import VarArray "mo:core/VarArray";

persistent actor class FileStore(settings : { part_size : Nat32 }) {
  type Error = {
    #not_found;
    #forbidden;
    #wrong_state : Text;
    #bad_argument : Text;
    #full;
    #taken;
    #bad_hash;
  };
  type Result<T> = { #ok : T; #err : Error };

  type State = { #open; #closed : Blob; #cancelled };

  type Upload = {
    owner : Principal;
    name : Text;
    size : Nat;
    partSize : Nat;
    parts : [var ?Blob];
    var state : State;
  };

  let maxSize = 1_000_000_000;
  let uploads = Map.empty<Text, Upload>();
  let files = Map.empty<Text, Upload>();
  /// By caller and request: asked again, it is the same upload.
  let requests = Map.empty<Text, Text>();
  var opened = 0;

  public shared ({ caller }) func open(file : { name : Text; size : Nat64; request_id : Text }) : async Result<Text> {
    let size = Nat64.toNat(file.size);
    if (size > maxSize) return #err(#full);
    let partSize = Nat32.toNat(settings.part_size);
    if (partSize == 0) return #err(#bad_argument("the part size is 0"));
    let request = Principal.toText(caller) # " " # file.request_id;
    switch (uploadOf(request)) {
      case (?(id, earlier)) return if (earlier.name == file.name and earlier.size == size) #ok(id) else #err(#taken);
      case null {};
    };
    opened += 1;
    let id = "upload-" # Nat.toText(opened);
    Map.add(requests, Text.compare, request, id);
    let parts = VarArray.repeat<?Blob>(null, (size + partSize - 1) / partSize);
    Map.add(uploads, Text.compare, id, { owner = caller; name = file.name; size; partSize; parts; var state : State = #open });
    #ok(id);
  };

  public shared ({ caller }) func write(id : Text, index : Nat32, data : Blob) : async Result<()> {
    let upload = switch (openUpload(id, caller)) { case (#ok(upload)) upload; case (#err(error)) return #err(error) };
    let part = Nat32.toNat(index);
    if (part >= upload.parts.size()) return #err(#bad_argument("there is no part " # Nat32.toText(index)));
    if (data.size() != partBytes(upload, part)) return #err(#bad_argument("a part of this length does not fit"));
    upload.parts[part] := ?data;
    #ok;
  };

  public shared ({ caller }) func close(id : Text, sha256 : Blob, size : Nat64) : async Result<{ key : Text; size : Nat64 }> {
    let ?upload = Map.get(uploads, Text.compare, id) else return #err(#not_found);
    if (upload.owner != caller) return #err(#forbidden);
    let key = "file-of-" # id;
    switch (upload.state) {
      case (#open) {};
      case (#cancelled) return #err(#wrong_state("cancelled"));
      // An answer that was lost can be asked for again.
      case (#closed(hash)) return if (hash == sha256 and Nat64.toNat(size) == upload.size) #ok({ key; size }) else #err(#wrong_state("closed"));
    };
    if (Nat64.toNat(size) != upload.size) return #err(#bad_argument("another size was announced"));
    for (part in upload.parts.values()) {
      if (part == null) return #err(#wrong_state("a part is missing"));
    };
    if (digest(upload.parts) != sha256) return #err(#bad_hash);
    upload.state := #closed(sha256);
    Map.add(files, Text.compare, key, upload);
    #ok({ key; size });
  };

  public shared ({ caller }) func cancel(id : Text) : async Result<()> {
    let upload = switch (openUpload(id, caller)) { case (#ok(upload)) upload; case (#err(error)) return #err(error) };
    upload.state := #cancelled;
    for (part in upload.parts.keys()) upload.parts[part] := null;
    #ok;
  };

  public shared query ({ caller }) func info(key : Text) : async Result<{ size : Nat64; parts : Nat32 }> {
    switch (fileOf(key, caller)) {
      case (#ok(file)) #ok({ size = Nat64.fromNat(file.size); parts = Nat32.fromNat(file.parts.size()) });
      case (#err(error)) #err(error);
    };
  };

  public shared query ({ caller }) func part(key : Text, index : Nat32) : async Result<Blob> {
    let file = switch (fileOf(key, caller)) { case (#ok(file)) file; case (#err(error)) return #err(error) };
    let part = Nat32.toNat(index);
    if (part >= file.parts.size()) return #err(#bad_argument("there is no part " # Nat32.toText(index)));
    switch (file.parts[part]) { case (?data) #ok(data); case null #err(#not_found) };
  };

  /// Files are for their owners.
  func fileOf(key : Text, caller : Principal) : Result<Upload> {
    let ?file = Map.get(files, Text.compare, key) else return #err(#not_found);
    if (file.owner == caller) #ok(file) else #err(#forbidden);
  };

  /// The upload that holds a request: a cancelled one does not any more.
  func uploadOf(request : Text) : ?(Text, Upload) {
    let ?id = Map.get(requests, Text.compare, request) else return null;
    let ?upload = Map.get(uploads, Text.compare, id) else return null;
    switch (upload.state) { case (#cancelled) null; case _ ?(id, upload) };
  };

  func openUpload(id : Text, caller : Principal) : Result<Upload> {
    let ?upload = Map.get(uploads, Text.compare, id) else return #err(#not_found);
    if (upload.owner != caller) return #err(#forbidden);
    switch (upload.state) {
      case (#open) #ok(upload);
      case (#closed(_)) #err(#wrong_state("closed"));
      case (#cancelled) #err(#wrong_state("cancelled"));
    };
  };

  func partBytes(upload : Upload, part : Nat) : Nat {
    Nat.min(upload.partSize, upload.size - part * upload.partSize);
  };

  // ---- SHA-256 (FIPS 180-4) ----

  transient let roundConstants : [Nat32] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ];
  transient let initialState : [Nat32] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ];

  /// The hash of all parts, one after the other.
  func digest(parts : [var ?Blob]) : Blob {
    let state = VarArray.tabulate<Nat32>(8, func i = initialState[i]);
    let words = VarArray.repeat<Nat32>(0, 64);
    var filled = 0;
    var bytes : Nat = 0;
    let push = func(byte : Nat8) {
      let word = filled / 4;
      words[word] := (words[word] << 8) | Nat32.fromNat(Nat8.toNat(byte));
      filled += 1;
      if (filled == 64) { compress(state, words); filled := 0 };
    };
    for (part in parts.values()) {
      switch part {
        case (?data) { bytes += data.size(); for (byte in data.values()) push(byte) };
        case null {};
      };
    };
    push(0x80);
    while (filled != 56) push(0);
    let bits = Nat64.fromNat(bytes * 8);
    for (i in Nat.range(0, 8)) push(Nat8.fromNat(Nat64.toNat((bits >> Nat64.fromNat(56 - 8 * i)) & 0xff)));
    Blob.fromVarArray(
      VarArray.tabulate<Nat8>(32, func i = Nat8.fromNat(Nat32.toNat((state[i / 4] >> Nat32.fromNat(24 - 8 * (i % 4))) & 0xff)))
    );
  };

  func compress(state : [var Nat32], w : [var Nat32]) {
    for (i in Nat.range(16, 64)) {
      let s0 = (w[i - 15] <>> 7) ^ (w[i - 15] <>> 18) ^ (w[i - 15] >> 3);
      let s1 = (w[i - 2] <>> 17) ^ (w[i - 2] <>> 19) ^ (w[i - 2] >> 10);
      w[i] := w[i - 16] +% s0 +% w[i - 7] +% s1;
    };
    var a = state[0];
    var b = state[1];
    var c = state[2];
    var d = state[3];
    var e = state[4];
    var f = state[5];
    var g = state[6];
    var h = state[7];
    for (i in Nat.range(0, 64)) {
      let t1 = h +% ((e <>> 6) ^ (e <>> 11) ^ (e <>> 25)) +% ((e & f) ^ (^e & g)) +% roundConstants[i] +% w[i];
      let t2 = ((a <>> 2) ^ (a <>> 13) ^ (a <>> 22)) +% ((a & b) ^ (a & c) ^ (b & c));
      h := g; g := f; f := e; e := d +% t1; d := c; c := b; b := a; a := t1 +% t2;
    };
    let sums = [a, b, c, d, e, f, g, h];
    for (i in state.keys()) state[i] := state[i] +% sums[i];
    for (i in Nat.range(0, 16)) w[i] := 0;
  };
};
