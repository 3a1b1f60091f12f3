"""The options of `accord client register`: what each is called and helps with, beside the command."""

from pathlib import Path
from typing import Annotated

import typer

Name = Annotated[str, typer.Option(help="The name people see.")]
Redirects = Annotated[list[str] | None, typer.Option(help="Repeat for each; matched exactly.")]
Returns = Annotated[
    list[str] | None, typer.Option(help="Where people may be sent after signing out; repeat for each.")
]
Scope = Annotated[str, typer.Option(help="Everything it may ask, space-separated.")]
AuthMethod = Annotated[
    str,
    typer.Option(
        help="client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth,"
        " self_signed_tls_client_auth or none."
    ),
]
Profile = Annotated[
    str,
    typer.Option(
        help="france-travail: an app written for France Travail Connect. fapi2: one that is held to the"
        " FAPI 2.0 Security Profile, with a key or a certificate."
    ),
]
DpopBound = Annotated[
    bool, typer.Option("--dpop-bound", help="Give it tokens bound to a key alone (DPoP, RFC 9449).")
]
TlsSubject = Annotated[
    str, typer.Option(help="Subject of its certificate, for tls_client_auth: CN=…,O=…,C=FR (RFC 4514).")
]
Jwks = Annotated[Path | None, typer.Option(help="File with its public keys, for private_key_jwt.")]
JwksUri = Annotated[
    str | None, typer.Option(help="Where it publishes them instead; fetched over https when needed.")
]
GrantTypes = Annotated[
    list[str] | None,
    typer.Option(help="authorization_code, refresh_token, client_credentials, or the URN of another kind."),
]
DetailsTypes = Annotated[
    list[str] | None, typer.Option(help="Types it may ask by authorization_details: career_data.")
]
IdTokenAlg = Annotated[str, typer.Option(help="ES256, RS256, PS256 or EdDSA.")]
TokenSeconds = Annotated[int | None, typer.Option(help="Life of its access tokens, in seconds (60 to 3600).")]
RequiredScope = Annotated[
    str | None, typer.Option(help="Those without which it cannot serve (default: openid profile).")
]
Purpose = Annotated[str, typer.Option(help="Code of a registered purpose.")]
NoPkce = Annotated[bool, typer.Option("--no-pkce", help="Lift PKCE for this confidential app.")]
Subject = Annotated[str, typer.Option(help="pairwise or public.")]
Homepage = Annotated[str, typer.Option(help="Its web site.")]
LegalEntity = Annotated[str, typer.Option(help="The legal entity that answers for the data.")]
PrivacyUrl = Annotated[str, typer.Option(help="Its privacy notice.")]
Basis = Annotated[str, typer.Option(help="Lawful basis of its own use of the data.")]
Promise = Annotated[
    str | None,
    typer.Option(help="Reads of each dataset it promises at most: 50/day, 200/week, 500/month."),
]
Owner = Annotated[str | None, typer.Option(help="Address of the partner's account it belongs to.")]
