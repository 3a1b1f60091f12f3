"""Which key a token request has to prove, and what its tokens are bound to (RFC 9449, RFC 8705).

The refresh tokens of a public app are bound to the key. Those of an app that authenticates are bound to the
app: it may come with another key, but not with none, once it had one.
"""

from typing import TYPE_CHECKING

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidGrantError

from idp.dpop import proof as dpop
from idp.fapi import rules as fapi
from idp.token.binding import Binding
from idp.token.lines import LineRow

if TYPE_CHECKING:
    from idp.token.server import Case


class NoProofError(OAuth2Error):  # type: ignore[misc]  # Authlib ships no types
    """A key has to be proved, and nothing proves one."""

    error = "invalid_dpop_proof"


class NoCertificateError(OAuth2Error):  # type: ignore[misc]  # Authlib ships no types
    """A certificate is to be presented, and none was (RFC 8705 section 3)."""

    error = "invalid_request"


def binding_for(case: "Case") -> Binding | None:
    """What an access token of this request is bound to; None for a bearer token.

    Raises NoProofError, NoCertificateError where the app is registered for bound tokens alone.
    """
    proof, metadata = case.proof, case.client.metadata
    if proof is None and metadata.dpop_bound_access_tokens:
        raise NoProofError("This application is registered for tokens bound to a key: send a DPoP proof.")
    if proof is not None and proof.proof.alg not in fapi.algorithms_of(metadata, dpop.ALGORITHMS):
        raise NoProofError("The DPoP proof is signed by an algorithm that this application may not use.")
    profile = metadata.security_profile
    if metadata.tls_client_certificate_bound_access_tokens:
        if case.caller.presented is None:
            raise NoCertificateError("This application is registered for tokens bound to its certificate.")
        return Binding(None if proof is None else proof.jkt, case.caller.presented.x5t, profile)
    return None if proof is None else Binding(jkt=proof.jkt, profile=profile)


def check_code_key(case: "Case", line: LineRow) -> None:
    """A code that was asked for with a key is given to that key alone (section 10)."""
    if line.dpop_jkt is None or line.redeemed_at is not None:
        return
    if case.proof is None:
        raise NoProofError("This code is bound to a key (dpop_jkt): send a DPoP proof of it.")
    if case.proof.jkt != line.dpop_jkt:
        raise InvalidGrantError("This code is bound to another key than that of the DPoP proof.")


def check_refresh_key(case: "Case", line: LineRow) -> None:
    """A line that began with a key goes on with one; that of a public app with the same (section 5)."""
    if line.dpop_jkt is None:
        return
    if case.proof is None:
        raise NoProofError("The tokens of this authorization are bound to a key: send a DPoP proof.")
    if case.client.metadata.auth_method == "none" and case.proof.jkt != line.dpop_jkt:
        raise InvalidGrantError("This refresh token is bound to another key than that of the DPoP proof.")
