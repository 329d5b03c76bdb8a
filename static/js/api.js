/** Tries an address of the API from its description: fields → request → answer. */

const secret = /** @type {HTMLInputElement} */ (document.getElementById("secret"));

for (const form of document.querySelectorAll("form[data-operation]")) {
  for (const button of form.querySelectorAll("button")) button.disabled = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(/** @type {HTMLFormElement} */ (form));
  });
}

/**
 * Sends the request a form describes and shows the answer below it.
 * @param {HTMLFormElement} form
 */
async function ask(form) {
  show(form, "Asking…", "");
  try {
    const { address, options } = request(form);
    const answer = await fetch(address, options);
    show(form, `${answer.status} ${answer.statusText}`, readable(await answer.text()));
  } catch {
    show(form, "No answer came. Check the connection and ask again.", "");
  }
}

/**
 * The request of a form; fields left empty are not sent.
 * @param {HTMLFormElement} form
 * @returns {{address: string, options: RequestInit}}
 */
function request(form) {
  const fields = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[data-parameter]")]);
  const filled = (/** @type {string} */ place) =>
    fields.filter((field) => field.dataset.parameter === place && field.value !== "");
  const headers = new Headers(filled("header").map((field) => [field.name, field.value]));
  const shown = secret.value.trim();
  if (shown) headers.set("Authorization", `Bearer ${shown}`);
  let path = form.dataset.path ?? "";
  for (const field of filled("path")) path = path.replace(`{${field.name}}`, encodeURIComponent(field.value));
  const query = new URLSearchParams(filled("query").map((field) => [field.name, field.value]));
  const body = written(filled("body"), form.dataset.mediaType, headers);
  return {
    address: query.size ? `${path}?${query}` : path,
    options: { method: form.dataset.method, headers, body, credentials: "omit" },
  };
}

/**
 * The body of the filled fields in the media type asked for; none where none is.
 * @param {HTMLInputElement[]} fields
 * @param {string | undefined} mediaType
 * @param {Headers} headers
 * @returns {BodyInit | undefined}
 */
function written(fields, mediaType, headers) {
  if (mediaType === "multipart/form-data") {
    const form = new FormData();
    for (const field of fields) {
      if (field.type !== "file") form.append(field.name, field.value);
      for (const file of field.files ?? []) form.append(field.name, file);
    }
    return form;
  }
  if (mediaType === undefined) return undefined;
  headers.set("Content-Type", mediaType);
  return JSON.stringify(Object.fromEntries(fields.map((field) => [field.name, value(field.value)])));
}

/**
 * What was written as JSON is JSON; anything else is text.
 * @param {string} text
 */
function value(text) {
  if (!/^(\[|\{|true$|false$|null$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @param {string} text */
function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {string} status
 * @param {string} body
 */
function show(form, status, body) {
  const answer = /** @type {HTMLElement} */ (form.querySelector("[data-answer]"));
  answer.hidden = false;
  /** @type {HTMLElement} */ (form.querySelector("[data-answer-status]")).textContent = status;
  /** @type {HTMLElement} */ (form.querySelector("[data-answer-body]")).textContent = body;
  /** @type {HTMLElement} */ (form.querySelector("pre")).hidden = body === "";
}
