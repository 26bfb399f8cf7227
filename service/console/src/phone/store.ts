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

export type Store = {
  read: <T>(key: string) => Promise<T | undefined>;
  write: (key: string, value: unknown) => Promise<void>;
  acts: () => Promise<Act[]>;
  putAct: (act: Act) => Promise<void>;
  dropAct: (id: string) => Promise<void>;
  files: () => Promise<StoredFile[]>;
  putFile: (file: StoredFile) => Promise<void>;
  dropFile: (id: string) => Promise<void>;
  clear: () => Promise<void>;
};

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB"));
  });
}

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
  const put = (store: string, use: (objects: IDBObjectStore) => IDBRequest): Promise<void> =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(store, "readwrite", { durability: "strict" });
      use(transaction.objectStore(store));
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(transaction.error ?? new Error("IndexedDB"));
      transaction.onabort = () => reject(transaction.error ?? new Error("存储空间不足"));
    });
  const all = async <T extends { at: number }>(store: string): Promise<T[]> => {
    const found = (await done(database.transaction(store).objectStore(store).getAll())) as T[];
    return found.sort((a, b) => a.at - b.at);
  };
  return {
    read: (key) => done(database.transaction("facts").objectStore("facts").get(key)) as never,
    write: (key, value) => put("facts", (objects) => objects.put(value, key)),
    acts: () => all<Act>("acts"),
    putAct: (act) => put("acts", (objects) => objects.put(act)),
    dropAct: (id) => put("acts", (objects) => objects.delete(id)),
    files: () => all<StoredFile>("files"),
    putFile: (file) => put("files", (objects) => objects.put(file)),
    dropFile: (id) => put("files", (objects) => objects.delete(id)),
    clear: async () => {
      for (const store of ["facts", "acts", "files"]) await put(store, (objects) => objects.clear());
    },
  };
}
