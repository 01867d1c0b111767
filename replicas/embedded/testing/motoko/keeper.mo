import Prim "mo:prim";

persistent actor Keeper {
  /// Survives upgrades: `var` is persistent in a `persistent actor`.
  var total : Nat = 0;
  var blobs : [Blob] = [];
  var ticks : Nat = 0;
  transient var sinceStart : Nat = 0;

  public func add(n : Nat) : async Nat {
    total += n;
    sinceStart += 1;
    total;
  };

  public query func get() : async (Nat, Nat) { (total, sinceStart) };

  public func addThenTrap(n : Nat) : async () {
    total += n;
    Prim.trap("changed my mind");
  };

  /// Two messages to itself; each `await` is a commit point.
  public func addTwice(n : Nat) : async Nat {
    let first = await add(n);
    await add(first);
  };

  /// What comes before the `await` stays, what comes after is undone, and the trap is caught by the caller's `try`.
  public func tryToFail(n : Nat) : async Text {
    total += n;
    try { await addThenTrap(n); "did not fail" } catch (error) { Prim.errorMessage(error) };
  };

  public func keep(blob : Blob) : async Nat {
    blobs := [blob];
    blob.size();
  };

  public query func kept() : async Blob { blobs[0] };

  public func tickAfter(seconds : Nat64) : async () {
    ignore Prim.setTimer(seconds * 1_000_000_000, false, func() : async () { ticks += 1 });
  };

  public query func ticked() : async Nat { ticks };

  /// Instructions between two looks at the counter, around a loop of `n` additions.
  public query func instructionsOf(n : Nat) : async Nat64 {
    let before = Prim.performanceCounter(0);
    var i = 0;
    while (i < n) { i += 1 };
    Prim.performanceCounter(0) - before;
  };

  public query func memorySize() : async Nat { Prim.rts_memory_size() };
};
