/** Send a recording to be analysed as a call. */

import { request } from "../send.js";

/** A large recording takes its time on a slow line. */
const PATIENCE_MS = 3_600_000;

/**
 * @param {HTMLFormElement} form
 * @param {FormData} data its fields, with the recording or a sample's name
 * @returns {Promise<string>} the address of the call's page
 * @throws {Refusal}
 */
export async function sendCall(form, data) {
  const answer = await request(form.action, data, PATIENCE_MS);
  return answer.headers.get("Location") ?? form.action;
}
