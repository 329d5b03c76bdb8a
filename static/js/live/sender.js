/** One window after another to the server, never two at a time. */

const PATIENCE_MS = 10_000;

/**
 * @typedef {object} LiveAnswer
 * @property {boolean} speech
 * @property {string | null} label
 * @property {number | null} confidence
 * @property {Record<string, number>} probabilities
 * @property {boolean} uncertain
 * @property {number | null} valence
 * @property {number} ms
 */

export class Sender {
  /** @param {string} action @param {string} token against cross-site requests */
  constructor(action, token) {
    this.action = action;
    this.token = token;
    this.due = 0;
    this.skipped = 0;
    this.waiting = false;
  }

  /**
   * Send a window, unless the one before it is not back yet.
   * @param {ArrayBuffer} bytes
   * @returns {Promise<LiveAnswer | null>} null where it was skipped, here or by a busy server
   * @throws {Error} where the server cannot be reached or refuses; the message is for people
   */
  async send(bytes) {
    this.due++;
    if (this.waiting) {
      this.skipped++;
      return null;
    }
    this.waiting = true;
    try {
      return await this.post(bytes);
    } finally {
      this.waiting = false;
    }
  }

  /** @param {ArrayBuffer} bytes @returns {Promise<LiveAnswer | null>} */
  async post(bytes) {
    let response;
    try {
      response = await fetch(this.action, {
        method: "POST",
        body: bytes,
        headers: { Accept: "application/json", "Content-Type": "application/octet-stream", "X-CSRFToken": this.token },
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch {
      this.skipped++;
      throw new Error("The server does not answer. The recording goes on in this browser.");
    }
    const body = await response.json().catch(() => ({}));
    if (response.ok) return body;
    this.skipped++;
    if (response.status === 503 && body.code === "busy") return null;
    throw new Error(body.detail ?? `The server answered ${response.status}. The recording goes on in this browser.`);
  }
}
