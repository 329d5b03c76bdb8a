/** Send a form and get its answer, or a sentence that says why not. */

const PATIENCE_MS = 120_000;

/** A refusal, in the server's words or ours. */
export class Refusal extends Error {
  /** @param {string} title @param {string} message */
  constructor(title, message) {
    super(message);
    this.title = title;
  }
}

/**
 * Check what can be checked before any byte travels.
 * @param {File} clip
 * @param {number} maxBytes
 * @throws {Refusal}
 */
export function check(clip, maxBytes) {
  if (clip.size === 0) throw new Refusal("The file is empty", "It holds 0 bytes. Choose another one, or record again.");
  if (clip.size > maxBytes) {
    throw new Refusal(
      "The file is too large",
      `It may have ${maxBytes / 1024 ** 2} MB at most. Send a shorter or compressed recording.`,
    );
  }
}

/**
 * Send a form.
 * @param {string} action
 * @param {FormData} data with its token
 * @param {number} [patienceMs] how long to wait for the answer
 * @returns {Promise<Response>} the answer, which is no refusal
 * @throws {Refusal}
 */
export async function request(action, data, patienceMs = PATIENCE_MS) {
  let response;
  try {
    response = await fetch(action, {
      method: "POST",
      body: data,
      headers: { Accept: "application/json", "X-CSRFToken": String(data.get("csrf_token") ?? "") },
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch {
    throw new Refusal("The server did not answer", "Check the connection and press the button again; nothing is lost.");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Refusal(
    body.title ?? "Something went wrong",
    body.detail ?? `The server answered ${response.status}. Try again in a moment; nothing is lost.`,
  );
}
