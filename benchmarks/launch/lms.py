"""
The platform of the benchmark: tokens signed here, keys published by a process of its own.

`python -m benchmarks.launch.lms PORT KEYS_FILE LATENCY_S` serves the key set
and the OpenID configuration; the key set alone answers late.
"""

import json
import sys
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID: Final = "bench"
DEPLOYMENT: Final = "1"
_CLAIM: Final = "https://purl.imsglobal.org/spec/lti/claim/"
_MEMBERSHIP: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lms:
    """The platform at that issuer, and its key."""

    issuer: str
    key: RSAKey = field(
        default_factory=lambda: RSAKey.generate_key(2048, {"kid": "bench-1", "use": "sig"})
    )

    def publish(self, path: Path) -> None:
        """The public key set in a file, for the process that serves it."""
        path.write_text(json.dumps({"keys": [self.key.as_dict(private=False)]}))

    def token(self, person: int, *, nonce: str, target: str) -> str:
        """A signed id_token; person 0 teaches the course, all others learn."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": f"subject-{person}",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "name": f"Person {person}",
            "email": f"p{person:06}@college.example",
            f"{_CLAIM}version": "1.3.0",
            f"{_CLAIM}message_type": "LtiResourceLinkRequest",
            f"{_CLAIM}deployment_id": DEPLOYMENT,
            f"{_CLAIM}target_link_uri": target,
            f"{_CLAIM}roles": [f"{_MEMBERSHIP}{'Learner' if person else 'Instructor'}"],
            f"{_CLAIM}resource_link": {"id": "link-1", "title": "Week 1"},
            f"{_CLAIM}context": {"id": "course-1", "label": "DS101", "title": "Data Science"},
        }
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


def serve(port: int, keys: bytes, latency_s: float) -> None:
    """The platform's pages on 127.0.0.1, until the process is ended."""
    issuer = f"http://127.0.0.1:{port}"
    configuration = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/auth",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
    }

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            late = self.path == "/jwks"
            time.sleep(latency_s if late else 0)
            body = keys if late else json.dumps(configuration).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: the benchmark's output is figures."""

    ThreadingHTTPServer(("127.0.0.1", port), Pages).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes(), float(sys.argv[3]))
