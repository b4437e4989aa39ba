"""The page that a person sees while materials arrive: one file, no other address asked."""

from collections.abc import Sequence
from html import escape
from string import Template
from typing import Final

_PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
$reload
<style>
  :root { color-scheme: light dark; }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 12vh auto;
         padding: 0 1.25rem; }
  h1 { font-size: 1.4rem; }
  ul { padding-left: 1.25rem; }
  .actions a { display: inline-block; margin: .5rem .5rem 0 0; padding: .5rem 1rem;
               border: 1px solid currentColor; border-radius: .35rem; color: inherit;
               text-decoration: none; }
  .actions a.main { background: #c75000; border-color: #c75000; color: #fff; }
</style>
</head>
<body>
<main>
<h1>$title</h1>
$body
</main>
$script
</body>
</html>
""")

# The page moves on by loading itself again: only the server decides where to.
_SCRIPT: Final = Template("""<script>
const list = document.getElementById("messages");
async function look() {
  try {
    const answer = await fetch("$progress", {credentials: "same-origin"});
    if (!answer.ok) { location.replace("$again"); return; }
    const said = await answer.json();
    list.replaceChildren(...said.messages.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
    if (!said.is_running) { location.replace("$again"); return; }
  } catch (error) { /* the network may come back: ask again */ }
  setTimeout(look, 700);
}
setTimeout(look, 300);
</script>""")


def progress_page(
    *, messages: Sequence[str], fault: str, again: str, progress: str, retry: str, place: str
) -> str:
    """
    The page as HTML: how it goes, or the `fault` with the ways on.

    `again` is the page's own address, `retry` the one that starts anew, `place`
    what is there to open. Addresses are URL-encoded already.
    """
    if fault:
        return _PAGE.substitute(
            title="The course's materials are not up to date",
            reload="",
            body=(
                f'<p role="alert">{escape(fault)}</p>\n<p class="actions">'
                f'<a class="main" href="{escape(retry)}">Try again</a>'
                f'<a href="{escape(place)}">Open what is there</a></p>'
            ),
            script="",
        )
    items = "".join(f"<li>{escape(text)}</li>" for text in messages)
    return _PAGE.substitute(
        title="Getting the course's materials",
        reload=(
            f'<noscript><meta http-equiv="refresh" content="2; url={escape(again)}"></noscript>'
        ),
        body=f'<ul id="messages" role="status" aria-live="polite">{items}</ul>',
        script=_SCRIPT.substitute(progress=progress, again=again),
    )
