"""LMSs that publish their OpenID configuration well, badly or not at all."""

import json
from http.server import BaseHTTPRequestHandler


class Discovery(BaseHTTPRequestHandler):
    """LMSs that publish their OpenID configuration well, badly or not at all, by path."""

    def do_GET(self) -> None:
        kind = self.path.split("/")[1]
        base = f"http://{self.headers['Host']}"
        good = {
            "issuer": f"{base}/{kind}",
            "authorization_endpoint": f"{base}/auth",
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/jwks",
        }
        bodies = {
            "good": json.dumps(good).encode(),
            "page": b"<html>Log in</html>",
            "half": b'{"token_endpoint": "x"}',
            "huge": b" " * 1_000_000,
            "elsewhere": json.dumps({**good, "token_endpoint": "http://evil.example/"}).encode(),
            "another": json.dumps({**good, "issuer": "https://evil.example"}).encode(),
        }
        self.send_response(200 if kind in bodies else 404)
        self.end_headers()
        try:
            self.wfile.write(bodies.get(kind, b"{}"))
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
        """Nothing: a test's terminal is not an access log."""
