/**
 * Encodes a Candid value as the network does. Candid leaves the order of the table of types open: the network's library numbers a type
 * before the types that it contains, and these in the order of its fields. `IDL.encode` numbers the contained types first.
 */
import { IDL, idlLabelToId, lebEncode, slebEncode } from '@icp-sdk/core/candid';
import { concatBytes, EMPTY_BYTES } from '../bytes.js';

const MAGIC = new Uint8Array([0x44, 0x49, 0x44, 0x4c]);
const OPCODES = { opt: -18, vec: -19, record: -20, variant: -21 } as const;

/** Functions and services are not supported: no result of the management canister has them. */
export function encodeAsNetwork(type: IDL.Type, value: unknown): Uint8Array {
  const table = new TypeTable();
  const reference = table.referTo(type);
  return join([MAGIC, table.encode(), lebEncode(1), reference, type.encodeValue(value)]);
}

/** The types of one value in the order of their numbers. Equal types share a number. */
class TypeTable {
  readonly #numbers = new Map<string, number>();
  readonly #entries: Uint8Array[] = [];

  /** Encodes a reference to the type, and adds the type to the table if it needs an entry. */
  referTo(type: IDL.Type): Uint8Array {
    return type.accept(REFERENCE, this);
  }

  /** Numbers the type before `encodeEntry` numbers the types that it contains. */
  add({ name }: IDL.Type, encodeEntry: () => readonly Uint8Array[]): Uint8Array {
    const known = this.#numbers.get(name);
    if (known !== undefined) return slebEncode(known);
    const number = this.#entries.push(EMPTY_BYTES) - 1;
    this.#numbers.set(name, number);
    this.#entries[number] = join(encodeEntry());
    return slebEncode(number);
  }

  encode(): Uint8Array {
    return join([lebEncode(this.#entries.length), ...this.#entries]);
  }
}

type Fields = [label: string, type: IDL.Type][];

class Reference extends IDL.Visitor<TypeTable, Uint8Array> {
  override visitPrimitive<T>(type: IDL.PrimitiveType<T>): Uint8Array {
    // A primitive type is its own reference and uses no table.
    return (type as unknown as { encodeType(): Uint8Array }).encodeType();
  }

  override visitOpt<T>(type: IDL.OptClass<T>, inner: IDL.Type<T>, table: TypeTable): Uint8Array {
    return table.add(type, () => [slebEncode(OPCODES.opt), table.referTo(inner)]);
  }

  override visitVec<T>(type: IDL.VecClass<T>, inner: IDL.Type<T>, table: TypeTable): Uint8Array {
    return table.add(type, () => [slebEncode(OPCODES.vec), table.referTo(inner)]);
  }

  override visitRecord(type: IDL.RecordClass, fields: Fields, table: TypeTable): Uint8Array {
    return table.add(type, () => encodeFields(OPCODES.record, fields, table));
  }

  override visitVariant(type: IDL.VariantClass, fields: Fields, table: TypeTable): Uint8Array {
    return table.add(type, () => encodeFields(OPCODES.variant, fields, table));
  }
}

const REFERENCE = new Reference();

function encodeFields(opcode: number, fields: Fields, table: TypeTable): readonly Uint8Array[] {
  const encoded = fields.flatMap(([label, type]) => [lebEncode(idlLabelToId(label)), table.referTo(type)]);
  return [slebEncode(opcode), lebEncode(fields.length), ...encoded];
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(
    parts,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
}
