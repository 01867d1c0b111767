/// The seeded faults that the init argument names, separated by commas.
import Iter "mo:core/Iter";
import Text "mo:core/Text";

module {
  public type Faults = [Text];

  public func parse(names : ?Text) : Faults = switch (names) {
    case (?text) Iter.toArray(Text.split(text, #char ','));
    case null [];
  };

  public func has(faults : Faults, name : Text) : Bool {
    for (active in faults.values()) if (active == name) return true;
    false;
  };
};
