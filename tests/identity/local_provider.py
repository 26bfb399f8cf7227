"""An identity provider on 127.0.0.1 that speaks real HTTP and can be told to lie."""

import base64
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT = ("anshang-test", "secret-of-the-test-client")
Claims = dict[str, Any]


@dataclass
class LocalProvider:
    """Issues one code for one sign-in; `tell` and `sign` are where a test makes it lie."""

    subject: str = field(default_factory=lambda: f"user-{uuid4().hex}")  # a port may come again
    rsa: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "r1"}))
    ec: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "e1"}))
    algorithm: str = "RS256"
    tell: Callable[[Claims], Claims] = field(default=lambda claims: claims)
    sign: Callable[[Claims], str] | None = None
    describe: Callable[[Claims], Claims] = field(default=lambda document: document)
    requests: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: list[RSAKey | ECKey] | None = None

    def start(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def log_in(self, url: str) -> tuple[str, str]:
        """What the person does at the provider: returns code and state of the redirect."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["scope"] == "openid"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}-{asked['nonce'][:6]}"
        self.codes[code] = asked
        return code, asked["state"]

    def document(self) -> Claims:
        return self.describe(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
            }
        )

    def key_set(self) -> Claims:
        keys = [self.rsa, self.ec] if self.keys is None else self.keys
        return {"keys": [key.as_dict(private=False) for key in keys]}

    def token(self, form: dict[str, str], basic: str) -> tuple[int, Claims]:
        asked = self.codes.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest())
        if basic != base64.b64encode(":".join(CLIENT).encode()).decode():
            return 401, {"error": "invalid_client"}
        if (
            asked is None
            or form.get("redirect_uri") != asked["redirect_uri"]
            or proof.decode().rstrip("=") != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = self.tell(
            {
                "iss": self.issuer,
                "aud": CLIENT[0],
                "sub": self.subject,
                "nonce": asked["nonce"],
                "iat": now,
                "exp": now + 300,
            }
        )
        signed = (self.sign or self.honest)(claims)
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": signed}

    def honest(self, claims: Claims) -> str:
        key = self.rsa if self.algorithm.startswith("RS") else self.ec
        return jwt.encode({"alg": self.algorithm, "kid": key.kid}, claims, key)


def _handler(provider: LocalProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.requests.append(self.path)
            pages = {
                "/.well-known/openid-configuration": provider.document,
                "/jwks": provider.key_set,
            }
            page = pages.get(self.path)
            self.answer(200 if page else 404, page() if page else {})

        def do_POST(self) -> None:
            provider.requests.append(self.path)
            length = int(self.headers["Content-Length"])
            form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
            basic = self.headers.get("Authorization", "").removeprefix("Basic ")
            self.answer(*provider.token(form, basic))

        def answer(self, status: int, document: Claims) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            return

    return Handler
