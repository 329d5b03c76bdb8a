/**
 * Recordings that stay in this browser, so that a result can be played although the server did not keep them.
 *
 * Everything here may fail (private windows, full disks); a page must work without it.
 */

const DATABASE = "emotion-clf";
const STORE = "clips";
const KEEP_MS = 24 * 3600 * 1000;

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

/**
 * Run one request in a transaction of its own.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
 * @returns {Promise<T | undefined>} once it is on disk; undefined where the store cannot be used
 */
async function run(mode, ask) {
  try {
    const database = await open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(STORE, mode);
        const request = ask(transaction.objectStore(STORE));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  } catch (error) {
    console.info("recordings cannot be kept in this browser", error);
    return undefined;
  }
}

/**
 * Keep a recording for a day.
 * @param {string} id the analysis it belongs to
 * @param {Blob} blob
 */
export async function keep(id, blob) {
  await run("readwrite", (store) => store.put({ id, blob, savedAt: Date.now() }));
}

/**
 * @param {string} id
 * @returns {Promise<Blob | null>} none where it was never here, or its day is over
 */
export async function recall(id) {
  const found = await run("readonly", (store) => store.get(id));
  return found && Date.now() - found.savedAt < KEEP_MS ? found.blob : null;
}

/** @param {string} id */
export async function forget(id) {
  await run("readwrite", (store) => store.delete(id));
}

/** Delete every recording. */
export async function forgetAll() {
  await run("readwrite", (store) => store.clear());
}

/** Delete what is older than a day. */
export async function purge() {
  const clips = (await run("readonly", (store) => store.getAll())) ?? [];
  for (const { id, savedAt } of clips) {
    if (Date.now() - savedAt >= KEEP_MS) await forget(id);
  }
}
