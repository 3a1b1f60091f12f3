"""A small honest OpenID provider in the process: real ES256 signatures, PKCE, single-use codes.

What it will do next is set by the test (`decision`, `granted`, `faults`); what it was asked is in `calls`.
"""

import base64
import hashlib
import secrets
from urllib.parse import parse_qsl, urlencode

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

ISSUER = "http://127.0.0.1:8000"
EVERYTHING = "openid profile email skills experiences trainings offline_access"


def _skill(label, level, code=None):
    kind = "rome" if code else "free"
    return {"id": label, "label": label, "level": level, "kind": kind, "rome_code": code}


DATA = {
    "skills": [
        _skill("Utiliser les outils numériques", "intermediate", "300426"),
        _skill("Accueillir, orienter, renseigner un public", "advanced", "300361"),
        _skill("GERER LES AGENDAS, et planifier des rendez-vous", "beginner"),
        _skill("Faire du pain au levain", "unrated"),
    ],
    "experiences": [
        {
            "id": "5",
            "title": "Agente d’accueil",
            "company": "Mairie de Lille",
            "place": "Lille",
            "start": "2019-03",
            "end": "2023-06",
            "current": False,
            "description": "Accueil du public",
        },
        {
            "id": "6",
            "title": "Secrétaire",
            "company": "Cabinet Roux",
            "start": "2023-09",
            "current": True,
            "rome_code": "M1607",
        },
    ],
    "trainings": [
        {"id": "7", "title": "BTS Support à l’action managériale", "end_year": 2018, "place": "Lille"},
    ],
}


def fault(status, body="{}", *, times=1, content_type="application/json", **headers):
    """An answer to give instead, `times` times."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [Response(body, status, named, content_type) for _ in range(times)]


async def down(scope, receive, send):
    """A fault: nobody answers."""
    raise httpx2.ConnectError("connection refused")


class Provider:
    """Accord's public face, as a partner sees it. `decision`: what the person answers at /authorize."""

    def __init__(self, clock):
        self.clock = clock
        self.keys = [ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})]
        self.decision = "accept"
        self.granted = EVERYTHING
        self.faults = {}  # path -> answers to give first
        self.calls = []
        self.codes = {}
        self.access = {}  # access token -> expiry
        self.refresh = set()
        self.lines = {}  # refresh token -> access token issued with it
        self.revoked = False
        self.lifetime = 600
        self.data = {name: list(items) for name, items in DATA.items()}
        self.forbidden = set()
        self.subject = "pairwise-amina"
        self.claims = {"given_name": "Amina", "family_name": "Benali", "email": "amina@example.org"}
        self.metadata = {}
        self.answer = {}  # overrides of the authorization response
        self.id_token_claims = {}
        self.id_token_header = {}
        self.id_token = None  # a whole token instead
        self.token_answer = {}
        self.requests = []  # authorization requests
        self.attested = []
        self.attested_by = []
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/jwks", self.jwks),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/revoke", self.revoke, methods=["POST"]),
                Route("/userinfo", self.userinfo),
                Route("/.well-known/ssf-configuration", self.transmitter),
                Route("/signals/attestations", self.attestation, methods=["POST"]),
                Route("/v1/me", self.me),
                Route("/v1/me/{dataset}", self.dataset),
            ]
        )

    async def __call__(self, scope, receive, send):
        self.calls.append(scope["path"])
        waiting = self.faults.get(scope["path"])
        await (waiting.pop(0) if waiting else self.app)(scope, receive, send)

    async def discovery(self, request):
        document = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{ISSUER}/token",
            "userinfo_endpoint": f"{ISSUER}/userinfo",
            "revocation_endpoint": f"{ISSUER}/revoke",
            "jwks_uri": f"{ISSUER}/jwks",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256"],
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }
        return JSONResponse({name: value for name, value in document.items() if value is not None})

    async def transmitter(self, request):
        return JSONResponse({"issuer": ISSUER, "attestation_endpoint": f"{ISSUER}/signals/attestations"})

    async def attestation(self, request):
        basic = request.headers["authorization"].removeprefix("Basic ")
        client_id, _, secret = base64.b64decode(basic).decode().partition(":")
        assert secret == "coach-demo-secret"
        self.attested_by.append(client_id)
        self.attested.append(await request.json())
        return JSONResponse({"attested": 1})

    async def jwks(self, request):
        return JSONResponse(KeySet(self.keys).as_dict(private=False))

    async def authorize(self, request):
        asked = dict(request.query_params)
        self.requests.append(asked)
        answer = {"state": asked["state"], "iss": ISSUER}
        if self.decision == "accept":
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            answer["code"] = code
        else:
            answer["error"] = self.decision
        answer = {name: value for name, value in {**answer, **self.answer}.items() if value is not None}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", status_code=303)

    async def token(self, request):
        form = dict(parse_qsl((await request.body()).decode()))
        expected = base64.b64encode(b"coach-demo:coach-demo-secret").decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return JSONResponse({"error": "invalid_client"}, 401)
        nonce = None
        if form["grant_type"] == "authorization_code":
            asked = self.codes.pop(form.get("code"), None)
            if asked is None or asked["redirect_uri"] != form.get("redirect_uri") or not _pkce(asked, form):
                return JSONResponse({"error": "invalid_grant"}, 400)
            nonce = asked["nonce"]
        elif self.revoked or form.get("refresh_token") not in self.refresh or "scope" in form:
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.refresh.discard(form.get("refresh_token"))
        return JSONResponse({**self._tokens(nonce), **self.token_answer})

    def _tokens(self, nonce):
        access = secrets.token_urlsafe(24)
        self.access[access] = self.clock() + self.lifetime
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "scope": self.granted,
        }
        if "offline_access" in self.granted:
            refresh = secrets.token_urlsafe(24)
            self.refresh.add(refresh)
            self.lines[refresh] = access
            answer["refresh_token"] = refresh
        if nonce is not None:
            answer["id_token"] = self.id_token or self.sign(nonce, access)
        return answer

    def sign(self, nonce, access, *, key=None, algorithm="ES256"):
        now = int(self.clock())
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": ISSUER,
            "sub": self.subject,
            "aud": "coach-demo",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            **self.id_token_claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": algorithm, "kid": self.keys[0].kid, **self.id_token_header}
        return jwt.encode(header, claims, key or self.keys[0], algorithms=[algorithm])

    async def revoke(self, request):
        given = dict(parse_qsl((await request.body()).decode()))["token"]
        self.refresh.discard(given)
        self.access.pop(self.lines.get(given, given), None)
        return PlainTextResponse("")

    def _refusal(self, request):
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.revoked or self.access.get(token, 0) <= self.clock():
            return JSONResponse(
                {"error": "invalid_token"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            )
        return None

    async def userinfo(self, request):
        return self._refusal(request) or JSONResponse({"sub": self.subject, **self.claims})

    async def me(self, request):
        scopes = [scope for scope in self.granted.split() if scope not in self.forbidden]
        data = {"sub": self.subject, "scopes": scopes, "datasets": []}
        return self._refusal(request) or JSONResponse({"data": data, "grant_id": "g", "event_id": "e"})

    async def dataset(self, request):
        name = request.path_params["dataset"]
        if refusal := self._refusal(request):
            return refusal
        if name not in self.granted.split() or name in self.forbidden:
            return JSONResponse({"error": "insufficient_scope"}, 403)
        return JSONResponse({"data": self.data[name], "grant_id": "g", "event_id": "e"})


def _pkce(asked, form):
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return asked.get("code_challenge_method") == "S256" and asked.get("code_challenge") == challenge
