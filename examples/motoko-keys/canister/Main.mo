/// Files under keys that their owners choose. No call begins or finishes an upload: the first part that arrives begins it, and the part
/// that completes it stores the file. Every put names the whole file by its size and SHA-256, so parts of different versions do not mix.
import Array "mo:core/Array";
import Blob "mo:core/Blob";
import Int "mo:core/Int";
import List "mo:core/List";
import Map "mo:core/Map";
import Nat "mo:core/Nat";
import Nat32 "mo:core/Nat32";
import Nat64 "mo:core/Nat64";
import Order "mo:core/Order";
import Principal "mo:core/Principal";
import Text "mo:core/Text";
import Faults "Faults";
import Sha256 "Sha256";

persistent actor class KeyedFiles(
  init : {
    /// Length of every part but the last, in bytes.
    part_size : Nat32;
    max_file_bytes : Nat64;
    /// Incomplete uploads of one owner.
    max_pending : Nat32;
    /// Names of seeded faults, separated by commas. A correct build ignores them.
    faults : ?Text;
  }
) {
  type Error = { #bad_part : Text; #not_found; #other_size; #too_big; #too_many; #wrong_hash };
  type Result<T> = { #ok : T; #err : Error };

  type Put = { key : Text; size : Nat64; sha256 : Blob; part : Nat32; data : Blob };
  type Progress = { #pending : { missing : Nat32 }; #stored };

  type Upload = {
    id : UploadId;
    owner : Principal;
    key : Text;
    size : Nat;
    /// The part size when the upload began. An upgrade with another part size does not affect the upload.
    partSize : Nat;
    parts : Map.Map<Nat, Blob>;
    var received : Nat;
  };
  type UploadId = { owner : Principal; key : Text; sha256 : Blob };

  type File = { sha256 : Blob; size : Nat; partSize : Nat; parts : [Blob] };
  type FileId = { owner : Principal; key : Text };

  let uploads = Map.empty<UploadId, Upload>();
  let files = Map.empty<FileId, File>();
  /// Incomplete uploads, by owner.
  let pendingOf = Map.empty<Principal, Nat>();

  assert init.part_size > 0;

  transient let faults = Faults.parse(init.faults);

  // ---- uploads ----

  public shared ({ caller }) func put(put : Put) : async Result<Progress> {
    let size = Nat64.toNat(put.size);
    if (size > Nat64.toNat(init.max_file_bytes)) return #err(#too_big);
    if (put.sha256.size() != 32) return #err(#wrong_hash);
    switch (Map.get(files, compareFiles, { owner = caller; key = put.key })) {
      case (?file) if (file.sha256 == put.sha256) return repeated(file, put);
      case null {};
    };

    let (upload, isNewUpload) = switch (begunUpload(caller, put)) { case (?upload) (upload, false); case null (newUpload(caller, put), true) };
    if (upload.size != size) return #err(#other_size);
    let part = Nat32.toNat(put.part);
    switch (mistakeIn(upload, part, put.data)) { case (?text) return #err(#bad_part(text)); case null {} };

    let isNew = not Map.containsKey(upload.parts, Nat.compare, part);
    let received = upload.received + (if (isNew or has("retry-counts-twice")) 1 else 0);
    let missing : Int = partsOf(upload) - received;
    if (missing > 0 or put.data.size() == 0 and has("empty-put-completes-nothing")) {
      if (isNewUpload and countPending(caller) >= Nat32.toNat(init.max_pending)) return #err(#too_many);
      if (isNewUpload) begin(upload);
      Map.add(upload.parts, Nat.compare, part, put.data);
      upload.received := received;
      return #ok(#pending({ missing = Nat32.fromNat(Int.abs(missing)) }));
    };

    let isReplaced = Map.containsKey(files, compareFiles, { owner = caller; key = put.key });
    let parts = assemble(upload, part, put.data);
    // A put with a wrong hash changes nothing: a part that is stored can be sent again, and then this one.
    if (Sha256.hash(parts) != put.sha256) return #err(#wrong_hash);
    let file : File = { sha256 = put.sha256; size; partSize = upload.partSize; parts };
    Map.add(files, compareFiles, { owner = caller; key = put.key }, file);
    if (not isNewUpload) end(upload, isReplaced);
    #ok(#stored);
  };

  /// Discards every incomplete upload under the key.
  public shared ({ caller }) func abort(key : Text) : async Result<()> {
    let aborted = List.empty<Upload>();
    for (upload in Map.values(uploads)) {
      if (upload.key == key and (upload.owner == caller or has("abort-by-anyone"))) List.add(aborted, upload);
    };
    if (List.isEmpty(aborted)) return #err(#not_found);
    for (upload in List.values(aborted)) end(upload, false);
    #ok;
  };

  /// The incomplete uploads under the key: one for each version of the file.
  public shared query ({ caller }) func pending(key : Text) : async [{ sha256 : Blob; size : Nat64; part_size : Nat32; received : [Nat32] }] {
    let found = List.empty<Upload>();
    for (upload in Map.values(uploads)) if (upload.owner == caller and upload.key == key) List.add(found, upload);
    let describe = func(upload : Upload) : { sha256 : Blob; size : Nat64; part_size : Nat32; received : [Nat32] } {
      let received = Array.map<Nat, Nat32>(Array.fromIter(Map.keys(upload.parts)), Nat32.fromNat);
      { sha256 = upload.id.sha256; size = Nat64.fromNat(upload.size); part_size = Nat32.fromNat(upload.partSize); received };
    };
    Array.map(List.toArray(found), describe);
  };

  // ---- files, for their owners ----

  public shared query ({ caller }) func info(key : Text) : async Result<{ sha256 : Blob; size : Nat64; parts : Nat32 }> {
    let ?file = Map.get(files, compareFiles, { owner = caller; key }) else return #err(#not_found);
    #ok({ sha256 = file.sha256; size = Nat64.fromNat(file.size); parts = Nat32.fromNat(file.parts.size()) });
  };

  public shared query ({ caller }) func get(key : Text, part : Nat32) : async Result<Blob> {
    let ?file = Map.get(files, compareFiles, { owner = caller; key }) else return #err(#not_found);
    if (Nat32.toNat(part) >= file.parts.size()) return #err(#bad_part("there is no such part"));
    #ok(file.parts[Nat32.toNat(part)]);
  };

  public shared query ({ caller }) func list() : async [{ key : Text; sha256 : Blob; size : Nat64 }] {
    let found = List.empty<{ key : Text; sha256 : Blob; size : Nat64 }>();
    for ((id, file) in Map.entries(files)) {
      if (id.owner == caller) List.add(found, { key = id.key; sha256 = file.sha256; size = Nat64.fromNat(file.size) });
    };
    List.toArray(found);
  };

  public shared ({ caller }) func remove(key : Text) : async Result<()> {
    if (Map.delete(files, compareFiles, { owner = caller; key })) #ok else #err(#not_found);
  };

  // ---- one put ----

  func uploadId(owner : Principal, { key; sha256 } : Put) : UploadId {
    if (has("parts-by-name")) return { owner = Principal.anonymous(); key; sha256 = "" };
    { owner; key; sha256 };
  };

  /// The incomplete upload that the put continues.
  func begunUpload(owner : Principal, put : Put) : ?Upload {
    let upload = Map.get(uploads, compareUploads, uploadId(owner, put));
    switch (upload) {
      case (?begun) {
        let isRetry = put.part == 0 and Map.containsKey(begun.parts, Nat.compare, 0);
        if (isRetry and has("first-part-restarts")) { Map.clear(begun.parts); begun.received := 0 };
      };
      case null {};
    };
    upload;
  };

  func newUpload(owner : Principal, put : Put) : Upload {
    let parts = Map.empty<Nat, Blob>();
    if (has("parts-of-older-version")) addStoredParts({ owner; key = put.key }, parts);
    {
      id = uploadId(owner, put);
      owner;
      key = put.key;
      size = Nat64.toNat(put.size);
      partSize = Nat32.toNat(init.part_size);
      parts;
      var received = Map.size(parts);
    };
  };

  func addStoredParts(id : FileId, parts : Map.Map<Nat, Blob>) {
    let ?file = Map.get(files, compareFiles, id) else return;
    for (at in file.parts.keys()) Map.add(parts, Nat.compare, at, file.parts[at]);
  };

  func begin(upload : Upload) {
    let { id; owner; key } = upload;
    if (has("old-file-dropped-early")) Map.remove(files, compareFiles, { owner; key });
    Map.add(uploads, compareUploads, id, upload);
    addPending(owner, 1);
  };

  func end(upload : Upload, isReplaced : Bool) {
    Map.remove(uploads, compareUploads, upload.id);
    if (not (isReplaced and has("slot-kept-on-overwrite"))) addPending(upload.owner, -1);
  };

  /// An empty file has one empty part.
  func partsOf({ size; partSize } : { size : Nat; partSize : Nat }) : Nat = Nat.max(1, (size + partSize - 1) / partSize);

  func mistakeIn(upload : { size : Nat; partSize : Nat }, part : Nat, data : Blob) : ?Text {
    if (part >= partsOf(upload)) return if (has("extra-parts-accepted")) null else ?"there is no such part";
    let length = Nat.min(upload.partSize, upload.size - part * upload.partSize);
    if (data.size() != length) ?"the part has another length" else null;
  };

  /// All parts of an upload, of which this one may not be stored yet.
  func assemble(upload : Upload, part : Nat, data : Blob) : [Blob] {
    let bytesOf = func(at : Nat) : Blob {
      if (at == part) return data;
      switch (Map.get(upload.parts, Nat.compare, at)) { case (?bytes) bytes; case null "" };
    };
    Array.tabulate(partsOf(upload), bytesOf);
  };

  /// A put of the version that is stored: the client did not receive an answer, and asks again.
  func repeated(file : File, put : Put) : Result<Progress> {
    if (file.size != Nat64.toNat(put.size)) return #err(#other_size);
    let part = Nat32.toNat(put.part);
    switch (mistakeIn(file, part, put.data)) { case (?text) return #err(#bad_part(text)); case null {} };
    if (part < file.parts.size() and file.parts[part] == put.data) #ok(#stored) else #err(#wrong_hash);
  };

  // ---- helpers ----

  func has(fault : Text) : Bool = Faults.has(faults, fault);

  func countPending(owner : Principal) : Nat = switch (Map.get(pendingOf, Principal.compare, owner)) { case (?count) count; case null 0 };

  func addPending(owner : Principal, by : Int) = Map.add(pendingOf, Principal.compare, owner, Int.abs(Int.max(0, countPending(owner) + by)));

  func compareFiles(a : FileId, b : FileId) : Order.Order = switch (Principal.compare(a.owner, b.owner)) {
    case (#equal) Text.compare(a.key, b.key);
    case (order) order;
  };

  func compareUploads(a : UploadId, b : UploadId) : Order.Order = switch (compareFiles(a, b)) {
    case (#equal) Blob.compare(a.sha256, b.sha256);
    case (order) order;
  };
};
