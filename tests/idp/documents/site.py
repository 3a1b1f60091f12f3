"""The site of an app: a TLS server that is found, through the guard, at a public address."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from tests.foundation.outbound.servers import document, request_of

ADDRESS = "https://agent.example/client.json"
CALLBACK = "https://agent.example/callback"
JSON = b"Content-Type: application/json"


def described(**members: Any) -> dict[str, Any]:
    """What an app says of itself at its address; a member changed to None is left out."""
    said = {
        "client_id": ADDRESS,
        "client_name": "Mon Agent",
        "redirect_uris": [CALLBACK, "http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    } | members
    return {name: value for name, value in said.items() if value is not None}


@dataclass
class Site:
    """What stands there, and how often it was asked for."""

    said: Any = field(default_factory=described)
    headers: list[bytes] = field(default_factory=lambda: [JSON])
    status: bytes = b"200 OK"
    asked: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        self.asked += 1
        body = self.said if isinstance(self.said, bytes) else json.dumps(self.said).encode()
        writer.write(document(body, *self.headers, status=self.status))
        await writer.drain()
