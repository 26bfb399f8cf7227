/* What the phone keeps while there is no network: visits to look at, acts and files to be sent. */

export type Act = {
  /** Also the idempotency key: sent twice, it is done once. */
  id: string;
  /** Order in which acts were taken. */
  at: number;
  inspectionId: string;
  kind: ActKind;
  input: Record<string, unknown>;
  /** Why the API refused it; it then waits for a person. */
  refusal?: { code: string; message: string } | null;
};

export type ActKind = "CheckIn" | "Checks" | "Sign" | "Conclude" | "Order" | "Hazard";

export type StoredFile = {
  id: string;
  at: number;
  inspectionId: string;
  blob: Blob;
  filename: string;
  capturedAt: string;
  location: { latitude: number; longitude: number } | null;
  /** Known once the upload was begun, so that it goes on and does not start again. */
  evidenceId?: string | null;
  digest?: string;
  refusal?: { code: string; message: string } | null;
};

/** What is about to be kept; its number and its place in the order are given to it. */
export type New<T extends { id: string; at: number }> = Omit<T, "id" | "at">;

export type Store = {
  read: <T>(key: string) => Promise<T | undefined>;
  write: (key: string, value: unknown) => Promise<void>;
  /** Keep what was done in one go: all of it or, should the device die, nothing of it.  Later ones stand behind earlier ones, whatever the clock says. */
  keep: (acts: New<Act>[], files?: New<StoredFile>[]) => Promise<string[]>;
  acts: () => Promise<Act[]>;
  putAct: (act: Act) => Promise<void>;
  dropAct: (id: string) => Promise<void>;
  files: () => Promise<StoredFile[]>;
  putFile: (file: StoredFile) => Promise<void>;
  /** Change what is still kept; what was sent in the meantime does not come back. */
  amendFile: (id: string, change: Partial<StoredFile>) => Promise<void>;
  dropFile: (id: string) => Promise<void>;
  clear: () => Promise<void>;
};

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB"));
  });
}

const LAST = "last"; // where the order stands, among the facts

/** The database of this device, one for each account so that nobody sends another's work. */
export async function openStore(name: string): Promise<Store> {
  const asked = indexedDB.open(`anshang-phone-${name}`, 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("facts");
    asked.result.createObjectStore("acts", { keyPath: "id" });
    asked.result.createObjectStore("files", { keyPath: "id" });
  };
  const database = await done(asked);
  // Resolved when the transaction has been written, not when the request was taken.
  const write = (stores: string[], use: (transaction: IDBTransaction) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(stores, "readwrite", { durability: "strict" });
      use(transaction);
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(transaction.error ?? new Error("IndexedDB"));
      transaction.onabort = () => reject(transaction.error ?? new Error("存储空间不足"));
    });
  const put = (store: string, use: (objects: IDBObjectStore) => IDBRequest): Promise<void> => write([store], (transaction) => use(transaction.objectStore(store)));
  const all = async <T extends { at: number }>(store: string): Promise<T[]> => {
    const found = (await done(database.transaction(store).objectStore(store).getAll())) as T[];
    return found.sort((a, b) => a.at - b.at);
  };
  return {
    read: (key) => done(database.transaction("facts").objectStore("facts").get(key)) as never,
    write: (key, value) => put("facts", (objects) => objects.put(value, key)),
    keep: async (acts, files = []) => {
      const ids: string[] = [];
      await write(["facts", "acts", "files"], (transaction) => {
        const facts = transaction.objectStore("facts");
        const asked = facts.get(LAST) as IDBRequest<number | undefined>;
        asked.onsuccess = () => {
          let at = Math.max(Date.now(), (asked.result ?? 0) + 1) - 1;
          const numbered = () => {
            at += 1;
            ids.push(crypto.randomUUID());
            return { id: ids[ids.length - 1], at };
          };
          for (const act of acts) transaction.objectStore("acts").put({ ...act, ...numbered() });
          for (const file of files) transaction.objectStore("files").put({ ...file, ...numbered() });
          facts.put(at, LAST);
        };
      });
      return ids;
    },
    acts: () => all<Act>("acts"),
    putAct: (act) => put("acts", (objects) => objects.put(act)),
    dropAct: (id) => put("acts", (objects) => objects.delete(id)),
    files: () => all<StoredFile>("files"),
    putFile: (file) => put("files", (objects) => objects.put(file)),
    amendFile: (id, change) =>
      put("files", (objects) => {
        const asked = objects.get(id) as IDBRequest<StoredFile | undefined>;
        asked.onsuccess = () => asked.result && objects.put({ ...asked.result, ...change });
        return asked;
      }),
    dropFile: (id) => put("files", (objects) => objects.delete(id)),
    clear: async () => {
      for (const store of ["facts", "acts", "files"]) await put(store, (objects) => objects.clear());
    },
  };
}
