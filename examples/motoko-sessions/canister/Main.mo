/// Files that are uploaded in sessions. `start` returns the id of a session; chunks arrive in any order; `finish` verifies the SHA-256 and
/// publishes the file. Because a message may execute only so many instructions, `finish` hashes the file over several messages, and other
/// calls are executed in between.
import Array "mo:core/Array";
import Blob "mo:core/Blob";
import Int "mo:core/Int";
import List "mo:core/List";
import Map "mo:core/Map";
import Nat "mo:core/Nat";
import Nat32 "mo:core/Nat32";
import Nat64 "mo:core/Nat64";
import Principal "mo:core/Principal";
import Runtime "mo:core/Runtime";
import Text "mo:core/Text";
import Time "mo:core/Time";
import Faults "Faults";
import Sha256 "Sha256";

persistent actor class UploadSessions(
  init : {
    /// Length of every chunk but the last, in bytes.
    chunk_size : Nat32;
    max_file_bytes : Nat64;
    /// Open sessions of one caller.
    max_open : Nat32;
    /// Bytes of all files and open sessions of one caller.
    quota_bytes : Nat64;
    /// A session without activity for longer than this is removed. A session that has ended is forgotten after the same time.
    ttl_seconds : Nat64;
    /// Bytes that one message hashes, rounded up to whole chunks.
    hash_bytes_per_message : Nat32;
    /// Names of seeded faults, separated by commas. A correct build ignores them.
    faults : ?Text;
  }
) {
  type Error = {
    #bad_chunk : Text;
    #closed;
    #conflict;
    #incomplete : { missing : Nat32 };
    #not_found;
    #not_yours;
    #quota;
    #too_big;
    #too_many;
    #wrong_hash;
  };
  type Result<T> = { #ok : T; #err : Error };

  type State = { #open; #cancelled; #finished : { file : Nat; sha256 : Blob } };

  type Session = {
    id : Nat;
    owner : Principal;
    name : Text;
    size : Nat;
    /// The chunk size when the session began. An upgrade with another chunk size does not affect the session.
    chunkSize : Nat;
    chunks : Map.Map<Nat, Blob>;
    /// Number of chunks stored.
    var received : Nat;
    var touched : Time.Time;
    /// Only a seeded fault sets it: errors say that the session does not exist.
    var isForgotten : Bool;
    /// Calls of `finish` that are under way.
    var finishing : Nat;
    var state : State;
  };

  type File = { owner : Principal; name : Text; size : Nat; sha256 : Blob; chunks : [Blob] };

  type Usage = { var open : Nat; var bytes : Nat };

  var lastSession = 0;
  var lastFile = 0;
  let sessions = Map.empty<Nat, Session>();
  let files = Map.empty<Nat, File>();
  let usages = Map.empty<Principal, Usage>();
  /// Open sessions that errors take for closed ones. Only seeded faults add any.
  let held = Map.empty<Nat, ()>();

  assert init.chunk_size > 0;

  transient let faults = Faults.parse(init.faults);
  transient var sessionsSinceUpgrade = 0;
  transient var sharedHash = Sha256.new();

  // ---- upgrades ----

  system func preupgrade() {
    if (has("upgrade-traps-on-cancelled") and cancelled().size() > 0) Runtime.trap("a cancelled session cannot be kept");
  };

  system func postupgrade() {
    if (has("cancelled-forgotten-on-upgrade")) for (session in cancelled().values()) Map.remove(sessions, Nat.compare, session.id);
  };

  // ---- sessions ----

  public shared ({ caller }) func start(name : Text, size : Nat64) : async Result<Nat64> {
    sweep();
    let bytes = Nat64.toNat(size);
    let usage = usageOf(caller);
    if (bytes > Nat64.toNat(init.max_file_bytes)) return #err(#too_big);
    if (usage.open >= Nat32.toNat(init.max_open)) return #err(#too_many);
    if (usage.bytes + bytes > Nat64.toNat(init.quota_bytes)) return #err(#quota);
    let id = nextSession();
    let session : Session = {
      id;
      owner = caller;
      name;
      size = bytes;
      chunkSize = Nat32.toNat(init.chunk_size);
      chunks = Map.empty<Nat, Blob>();
      var received = 0;
      var touched = Time.now();
      var isForgotten = false;
      var finishing = 0;
      var state = #open;
    };
    Map.add(sessions, Nat.compare, id, session);
    usage.open += 1;
    usage.bytes += bytes;
    #ok(Nat64.fromNat(id));
  };

  public shared ({ caller }) func put(id : Nat64, index : Nat32, data : Blob) : async Result<()> {
    sweep();
    let session = switch (sessionOf(id, caller, "owner-checked-at-start-only")) {
      case (#ok(session)) session;
      case (#err(error)) return #err(error);
    };
    noteCall(session);
    if (session.state != #open) return #err(errorOf(session, #closed));
    let at = Nat32.toNat(index);
    let stored = Map.get(session.chunks, Nat.compare, at);
    if (stored == null and has("counted-before-checked")) session.received += 1;
    if (at >= chunksOf(session)) return #err(badChunk(session, "there is no such chunk"));
    if (data.size() != lengthOf(session, at)) return #err(badChunk(session, "the chunk has another length"));
    switch (stored) {
      case (?bytes) {
        if (bytes != data) return #err(errorOf(session, #conflict));
        if (has("closed-after-repeated-put")) hold(session);
      };
      case null {
        if (session.received == 0 and at != 0 and has("closed-unless-first-chunk-first")) hold(session);
        Map.add(session.chunks, Nat.compare, at, data);
        if (not has("counted-before-checked")) session.received += 1;
      };
    };
    if (not has("expiry-from-start")) session.touched := Time.now();
    #ok;
  };

  public shared ({ caller }) func finish(id : Nat64, sha256 : Blob) : async Result<{ file : Nat64; size : Nat64 }> {
    sweep();
    let session = switch (sessionOf(id, caller, "stranger-may-finish")) {
      case (#ok(session)) session;
      case (#err(error)) return #err(error);
    };
    noteCall(session);
    switch (session.state) {
      case (#finished({ file; sha256 = published })) return if (published == sha256) finished(file, session) else #err(errorOf(session, #wrong_hash));
      case (#cancelled) return #err(errorOf(session, #closed));
      case (#open) {};
    };
    let missing : Int = chunksOf(session) - session.received;
    if (missing != 0 and not has("gaps-filled-with-zeros")) return #err(errorOf(session, #incomplete({ missing = Nat32.fromNat(Int.abs(missing)) })));

    session.touched := Time.now();
    session.finishing += 1;
    // From here on no put changes the chunks: they are all stored, and other bytes for a stored chunk are a conflict.
    let chunks = if (missing == 0) Array.fromIter(Map.values(session.chunks)) else withZeros(session);
    if (has("published-before-verified")) publish(session, sha256, chunks);
    let hash = try { await* hashOf(chunks) } finally { session.finishing -= 1 };
    if (hash != sha256) return #err(wrongHash(session));

    // Another call may have ended the session in the meantime.
    switch (session.state) {
      case (#open) publish(session, sha256, chunks);
      case (#cancelled) return #err(#closed);
      case (#finished(_)) if (has("published-twice")) publish(session, sha256, chunks);
    };
    switch (session.state) { case (#finished({ file })) finished(file, session); case _ #err(#closed) };
  };

  public shared ({ caller }) func cancel(id : Nat64) : async Result<()> {
    sweep();
    let ?session = Map.get(sessions, Nat.compare, Nat64.toNat(id)) else return #err(#not_found);
    if (session.owner != caller and has("closed-after-stranger")) hold(session);
    if (session.owner != caller and not has("stranger-cancels")) return #err(#not_yours);
    noteCall(session);
    switch (session.state) {
      case (#finished(_)) return #err(errorOf(session, #closed));
      case (#cancelled) return #ok;
      case (#open) {};
    };
    session.state := #cancelled;
    if (not has("slot-kept-on-cancel")) release(session);
    discard(session);
    if (session.owner == caller) #ok else #err(#not_yours);
  };

  /// An update call: a client that goes on after a lost answer relies on it.
  public shared ({ caller }) func progress(id : Nat64) : async Result<{
    state : { #open; #cancelled; #finished };
    received : [Nat32];
    size : Nat64;
    chunk_size : Nat32;
  }> {
    sweep();
    let session = switch (sessionOf(id, caller, "")) { case (#ok(session)) session; case (#err(error)) return #err(error) };
    if (has("closed-after-progress")) hold(session);
    let state = switch (session.state) { case (#open) #open; case (#cancelled) #cancelled; case (#finished(_)) #finished };
    let received = Array.map<Nat, Nat32>(Array.fromIter(Map.keys(session.chunks)), Nat32.fromNat);
    #ok({ state; received; size = Nat64.fromNat(session.size); chunk_size = Nat32.fromNat(session.chunkSize) });
  };

  // ---- files, for their owners ----

  public shared query ({ caller }) func list() : async [{ file : Nat64; name : Text; size : Nat64 }] {
    let found = List.empty<{ file : Nat64; name : Text; size : Nat64 }>();
    for ((id, { owner; name; size }) in Map.entries(files)) {
      if (owner == caller) List.add(found, { file = Nat64.fromNat(id); name; size = Nat64.fromNat(size) });
    };
    List.toArray(found);
  };

  public shared query ({ caller }) func info(file : Nat64) : async Result<{ name : Text; size : Nat64; sha256 : Blob; chunks : Nat32 }> {
    let { name; size; sha256; chunks } = switch (fileOf(file, caller)) { case (#ok(found)) found; case (#err(error)) return #err(error) };
    #ok({ name; size = Nat64.fromNat(size); sha256; chunks = Nat32.fromNat(chunks.size()) });
  };

  public shared query ({ caller }) func read(file : Nat64, index : Nat32) : async Result<Blob> {
    let { chunks } = switch (fileOf(file, caller)) { case (#ok(found)) found; case (#err(error)) return #err(error) };
    if (Nat32.toNat(index) >= chunks.size()) return #err(#bad_chunk("there is no such chunk"));
    #ok(chunks[Nat32.toNat(index)]);
  };

  public shared ({ caller }) func remove(file : Nat64) : async Result<()> {
    let { size } = switch (fileOf(file, caller)) { case (#ok(found)) found; case (#err(error)) return #err(error) };
    Map.remove(files, Nat.compare, Nat64.toNat(file));
    usageOf(caller).bytes -= size;
    #ok;
  };

  // ---- the end of a session ----

  /// Publishes the file. Its bytes stay on the account of the owner, the session does not.
  func publish(session : Session, sha256 : Blob, chunks : [Blob]) {
    let { owner; name; size } = session;
    let file = fileIdFor(owner, sha256);
    Map.add(files, Nat.compare, file, { owner; name; size; sha256; chunks });
    if (session.state == #open) usageOf(owner).open -= 1;
    session.state := #finished({ file; sha256 });
    discard(session);
  };

  func finished(file : Nat, session : Session) : Result<{ file : Nat64; size : Nat64 }> {
    #ok({ file = Nat64.fromNat(file); size = Nat64.fromNat(session.size) });
  };

  /// The error of a wrong hash. The session stays open: the finish may be repeated with the right hash.
  func wrongHash(session : Session) : Error {
    if (has("wrong-hash-discards-chunks")) discard(session);
    errorOf(session, #wrong_hash);
  };

  func discard(session : Session) {
    Map.clear(session.chunks);
    session.received := 0;
  };

  /// Returns what an open session holds of its owner's quota.
  func release({ owner; size } : Session) {
    let usage = usageOf(owner);
    usage.open -= 1;
    usage.bytes -= size;
  };

  /// Removes the sessions whose time is up.
  func sweep() {
    let stale = List.empty<Session>();
    for (session in Map.values(sessions)) if (isStale(session)) List.add(stale, session);
    for (session in List.values(stale)) {
      Map.remove(sessions, Nat.compare, session.id);
      if (session.state == #open and not has("slot-kept-on-expiry")) release(session);
    };
  };

  func isStale(session : Session) : Bool {
    session.finishing == 0 and Time.now() - session.touched > Nat64.toNat(init.ttl_seconds) * 1_000_000_000;
  };

  // ---- seeded faults ----

  /// Cancelled sessions of one owner after which a fault takes the open ones for closed.
  let cancelledMax = 5;

  func noteCall(session : Session) {
    if (session.finishing > 0 and has("forgotten-after-call-during-finish")) session.isForgotten := true;
  };

  func hold({ id } : Session) = Map.add(held, Nat.compare, id, ());

  /// The error of a put or a finish. Some faults take the open session for a closed one.
  func errorOf(session : Session, error : Error) : Error {
    if (session.isForgotten) #not_found else if (isHeld(session)) #closed else error;
  };

  func isHeld({ id; owner } : Session) : Bool {
    let isOwn = func(other : Session) : Bool = other.owner == owner;
    if (has("closed-after-many-cancelled") and Array.filter(cancelled(), isOwn).size() >= cancelledMax) return true;
    if (has("closed-beside-another-session") and isAnotherInUse(id)) return true;
    Map.get(held, Nat.compare, id) != null;
  };

  /// Whether another open session has chunks.
  func isAnotherInUse(id : Nat) : Bool {
    for (other in Map.values(sessions)) if (other.id != id and other.state == #open and other.received > 0) return true;
    false;
  };

  func fileIdFor(owner : Principal, sha256 : Blob) : Nat {
    if (has("equal-files-share-an-id"))
      for ((id, file) in Map.entries(files)) if (file.owner == owner and file.sha256 == sha256) return id;
    lastFile += 1;
    lastFile;
  };

  func badChunk(session : Session, text : Text) : Error {
    let error = errorOf(session, #bad_chunk(text));
    if (has("closed-after-bad-chunk")) hold(session);
    error;
  };

  func cancelled() : [Session] {
    Array.filter(Array.fromIter(Map.values(sessions)), func(session : Session) : Bool = session.state == #cancelled);
  };

  /// The chunks of an incomplete session, with zeros in place of those that are missing.
  func withZeros(session : Session) : [Blob] {
    Array.tabulate(
      chunksOf(session),
      func(at : Nat) : Blob = switch (Map.get(session.chunks, Nat.compare, at)) {
        case (?chunk) chunk;
        case null Blob.fromArray(Array.repeat<Nat8>(0, lengthOf(session, at)));
      },
    );
  };

  // ---- hashing ----

  func nothing() : async () {};

  /// Lets other messages be executed, and starts a new one with a full budget of instructions. A stopping canister refuses its own calls,
  /// too; the refusal arrives in a new message as well.
  func pause() : async* () { try { await nothing() } catch (_) {} };

  func hashOf(chunks : [Blob]) : async* Blob {
    let ownHash = Sha256.new();
    sharedHash := ownHash;
    let hash = func() : Sha256.State = if (has("hash-state-shared")) sharedHash else ownHash;
    var budget = 0;
    for (chunk in chunks.values()) {
      if (budget >= Nat32.toNat(init.hash_bytes_per_message)) {
        await* pause();
        budget := 0;
      };
      Sha256.update(hash(), chunk);
      budget += chunk.size();
    };
    await* pause();
    Sha256.digest(hash());
  };

  // ---- helpers ----

  func has(fault : Text) : Bool = Faults.has(faults, fault);

  func nextSession() : Nat {
    lastSession += 1;
    sessionsSinceUpgrade += 1;
    if (has("ids-restart-on-upgrade")) sessionsSinceUpgrade else lastSession;
  };

  /// The session, for its owner. `unlessFault` names the fault that leaves out the check.
  func sessionOf(id : Nat64, caller : Principal, unlessFault : Text) : Result<Session> {
    let ?session = Map.get(sessions, Nat.compare, Nat64.toNat(id)) else return #err(#not_found);
    if (session.owner == caller or has(unlessFault)) #ok(session) else #err(#not_yours);
  };

  func fileOf(id : Nat64, caller : Principal) : Result<File> {
    let ?file = Map.get(files, Nat.compare, Nat64.toNat(id)) else return #err(#not_found);
    if (file.owner == caller) #ok(file) else #err(#not_yours);
  };

  func usageOf(owner : Principal) : Usage = switch (Map.get(usages, Principal.compare, owner)) {
    case (?usage) usage;
    case null {
      let usage : Usage = { var open = 0; var bytes = 0 };
      Map.add(usages, Principal.compare, owner, usage);
      usage;
    };
  };

  func chunksOf({ size; chunkSize } : Session) : Nat = (size + chunkSize - 1) / chunkSize;

  func lengthOf(session : Session, at : Nat) : Nat = Nat.min(session.chunkSize, session.size - at * session.chunkSize);
};
