// Tells the LMS that its registration is done (LTI Dynamic Registration 1.0, 3.8).
// The message says nothing but that, so it may be heard by whoever opened this page.
(() => {
  const part = document.querySelector("[data-registered]");
  const lms = window.opener || (window.parent !== window ? window.parent : null);
  if (!part || !lms) {
    part?.remove();
    return;
  }
  const close = () => lms.postMessage({ subject: "org.imsglobal.lti.close" }, "*");
  part.querySelector("button").addEventListener("click", close);
  setTimeout(close, 5000);
})();
