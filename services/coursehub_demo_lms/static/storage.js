// Answers the postMessages of framed tools: what this platform can do, and small values kept for
// them while the page is open (1EdTech LTI Client Side postMessages and LTI postMessage Storage).
// A tool's origin sees its own values alone; other senders learn nothing.
const MAX_KEYS = 500; // as many and as large as the standard asks a platform to keep
const MAX_LENGTH = 4096;
const MAX_ID = 255;
const { origins, target, keeps } = document.currentScript.dataset;
const known = new Set(origins.split(" "));
const here = keeps !== undefined;
const stores = new Map();

class Wrong extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

function isText(value, most) {
  return typeof value === "string" && value.length > 0 && value.length <= most;
}

function keyOf(data) {
  if (!isText(data.key, MAX_LENGTH)) {
    throw new Wrong("bad_request", `key must be text of 1 to ${MAX_LENGTH} characters`);
  }
  return data.key;
}

function capabilities() {
  const frame = target === "_parent" ? {} : { frame: target };
  const storage = target ? ["lti.get_data", "lti.put_data"] : [];
  return {
    supported_messages: [
      { subject: "lti.capabilities" },
      ...storage.map((subject) => ({ subject, ...frame })),
    ],
  };
}

function get(data, store) {
  const key = keyOf(data);
  return { key, value: store.get(key) ?? null };
}

function put(data, store) {
  const key = keyOf(data);
  const { value = null } = data;
  if (value === null) {
    store.delete(key);
    return { key, value };
  }
  if (typeof value !== "string") throw new Wrong("bad_request", "value must be text or null");
  if (value.length > MAX_LENGTH) {
    throw new Wrong("storage_exhausted", `value is longer than ${MAX_LENGTH} characters`);
  }
  if (!store.has(key) && store.size >= MAX_KEYS) {
    throw new Wrong("storage_exhausted", `${MAX_KEYS} keys are kept at most`);
  }
  store.set(key, value);
  return { key, value };
}

const answers = { "lti.capabilities": capabilities };
if (here) Object.assign(answers, { "lti.get_data": get, "lti.put_data": put });

function answer(data, origin) {
  if (!known.has(origin)) throw new Wrong("wrong_origin", "no active tool has pages there");
  if (!isText(data.message_id, MAX_ID)) {
    throw new Wrong("bad_request", `message_id must be text of 1 to ${MAX_ID} characters`);
  }
  if (!Object.hasOwn(answers, data.subject)) {
    throw new Wrong("unsupported_subject", "this frame does not answer that subject");
  }
  if (!stores.has(origin)) stores.set(origin, new Map());
  return answers[data.subject](data, stores.get(origin));
}

addEventListener("message", ({ data, origin, source }) => {
  // "null" is the origin of sandboxed and local pages: nobody could be told apart there.
  if (typeof data?.subject !== "string" || !source || origin === "null") return;
  if (!data.subject.startsWith("lti.") || data.subject.endsWith(".response")) return;
  const reply = { subject: `${data.subject}.response`, message_id: data.message_id };
  try {
    Object.assign(reply, answer(data, origin));
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    reply.error = { code: error.code, message: error.message };
  }
  source.postMessage(reply, origin);
});
