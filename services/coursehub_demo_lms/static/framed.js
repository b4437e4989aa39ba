// Brings the tool's frame into view when a link is opened in it.
const frame = document.querySelector("iframe[name=tool]");
for (const form of document.querySelectorAll("form[target=tool]")) {
  form.addEventListener("submit", () => frame.scrollIntoView({ block: "start" }));
}
