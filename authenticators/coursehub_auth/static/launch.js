// The pages of a launch in a frame of the LMS, by themselves instead of by their buttons.
// Where a browser keeps no cookie of ours there, the LMS keeps the login's state for us:
// 1EdTech's LTI OIDC Login with LTI Client Side postMessages, and LTI postMessage Storage.
"use strict";

const PATIENCE_MS = 10_000;
const AGAIN_MS = 500;
const page = document.querySelector("main").dataset;

function show(step) {
  page.step = step;
  for (const part of document.querySelectorAll("[data-steps]")) {
    part.hidden = !part.dataset.steps.split(" ").includes(step);
  }
}

// Whether this browser sends the cookie of this login from this frame.
async function isCookieKept() {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(page.cookie, { signal, cache: "no-store" });
    return answer.ok && (await answer.json()).kept === true;
  } catch {
    return false;
  }
}

// A frame of another site cannot be looked into: a name it does not have throws.
function named(owner, name) {
  try {
    const found = owner.frames[name];
    return found === found?.window ? found : null;
  } catch {
    return null;
  }
}

// The LMS's windows that may keep our state, the nearest first.
function keepers() {
  const owners = [window.parent, window.opener].filter((owner) => owner && owner !== window);
  if (page.target === "_parent") return owners;
  return owners.map((owner) => named(owner, page.target)).filter(Boolean);
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The LMS's answer; null where it gives none, or an error. Only its own origin is told or heard.
function ask(subject, content) {
  if (!page.target) return Promise.resolve(null);
  return new Promise((resolve) => {
    const message_id = newId();
    const say = () => {
      for (const keeper of keepers()) {
        keeper.postMessage({ subject, message_id, key: page.key, ...content }, page.platform);
      }
    };
    // Again and again: the LMS's own window may be slower to load than this frame.
    const saying = setInterval(say, AGAIN_MS);
    const end = (answer) => {
      clearInterval(saying);
      resolve(answer);
    };
    addEventListener("message", ({ origin, data }) => {
      const isOurs = origin === page.platform && data?.message_id === message_id;
      if (isOurs && data.subject === `${subject}.response`) end(data.error ? null : data);
    });
    setTimeout(end, PATIENCE_MS, null);
    say();
  });
}

const pages = {
  async login() {
    show("waiting");
    const isKept = (await isCookieKept()) || (await ask("lti.put_data", { value: page.value }));
    if (isKept) location.replace(document.getElementById("go-on").href);
    else show("window");
  },

  async storage() {
    show("waiting");
    const kept = await ask("lti.get_data", {});
    if (typeof kept?.value !== "string") {
      show("failed");
      return;
    }
    const form = document.getElementById("answer");
    form.elements.stored.value = kept.value;
    form.submit();
  },

  selection() {
    show("waiting");
    document.getElementById("answer").submit();
  },

  entry() {},
};

pages[page.page]();
for (const form of document.querySelectorAll("form[target=_blank]")) {
  // Later, so that the form is sent before it is hidden.
  form.addEventListener("submit", () => setTimeout(show, 0, "opened"));
}
