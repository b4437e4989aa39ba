// Goes on to the list of tools when the tool says that it has registered
// (LTI Dynamic Registration 1.0, 3.7). Only the tool's own pages are heard.
const { origin } = document.querySelector("iframe.tool").dataset;
addEventListener("message", (event) => {
  if (event.origin === origin && event.data?.subject === "org.imsglobal.lti.close") {
    location.assign("/tools?done=registered");
  }
});
