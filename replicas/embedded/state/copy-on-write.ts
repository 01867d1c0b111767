/**
 * Collections with snapshots by reference. `share` returns the current content, and the next write copies it first. There is at most one
 * copy per snapshot.
 */

export class CopyOnWriteList<T extends object> {
  #items: T[];
  #shared = false;

  constructor(items: T[] = []) {
    this.#items = items;
  }

  get items(): readonly T[] {
    return this.#items;
  }
  get length(): number {
    return this.#items.length;
  }

  push(item: T): void {
    this.#own().push(item);
  }
  /** Removes and returns an item. @throws RangeError if there is no item at the index */
  removeAt(index: number): T {
    const item = this.#items[index];
    if (item === undefined) throw new RangeError(`no item at index ${index}`);
    this.#own().splice(index, 1);
    return item;
  }
  /** Removes the items that match and returns them in their order. */
  removeWhere<S extends T>(isMatch: (item: T) => item is S): readonly S[] {
    const removed = this.#items.filter(isMatch);
    if (removed.length > 0) {
      this.#items = this.#items.filter((item) => !isMatch(item));
      this.#shared = false;
    }
    return removed;
  }
  clear(): void {
    this.#items = [];
    this.#shared = false;
  }

  /** Returns the current content as an immutable snapshot. */
  share(): readonly T[] {
    this.#shared = true;
    return this.#items;
  }
  /** Replaces the content by a snapshot. */
  adopt(items: readonly T[]): void {
    this.#items = items as T[];
    this.#shared = true;
  }

  #own(): T[] {
    if (this.#shared) {
      this.#items = this.#items.slice();
      this.#shared = false;
    }
    return this.#items;
  }
}

export class CopyOnWriteMap<K, V> {
  #map = new Map<K, V>();
  #shared = false;

  get size(): number {
    return this.#map.size;
  }
  get(key: K): V | undefined {
    return this.#map.get(key);
  }
  has(key: K): boolean {
    return this.#map.has(key);
  }
  values(): IterableIterator<V> {
    return this.#map.values();
  }
  entries(): IterableIterator<[K, V]> {
    return this.#map.entries();
  }

  set(key: K, value: V): void {
    this.#own().set(key, value);
  }
  delete(key: K): void {
    if (this.#map.has(key)) this.#own().delete(key);
  }
  clear(): void {
    this.#map = new Map();
    this.#shared = false;
  }

  /** Returns the current content as an immutable snapshot. */
  share(): ReadonlyMap<K, V> {
    this.#shared = true;
    return this.#map;
  }
  /** Replaces the content by a snapshot. */
  adopt(map: ReadonlyMap<K, V>): void {
    this.#map = map as Map<K, V>;
    this.#shared = true;
  }

  #own(): Map<K, V> {
    if (this.#shared) {
      this.#map = new Map(this.#map);
      this.#shared = false;
    }
    return this.#map;
  }
}
