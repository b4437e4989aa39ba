"""The courses' pages and API."""

from coursehub.courses.routes import editor, extensions, files, forms, home, settings, terms

# Forms last: their addresses are those that no other page has.
routers = (
    *home.routers,
    *settings.routers,
    *files.routers,
    *editor.routers,
    *extensions.routers,
    *terms.routers,
    *forms.routers,
)
