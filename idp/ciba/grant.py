"""The token endpoint's `auth_req_id` (CIBA Core section 10.1): how it waits and is spent is idp/polling's."""

from idp.polling.grant import PolledGrant, polled_by
from idp.polling.kinds import CIBA
from idp.token.code_grant import IdToken
from idp.token.routes import GrantKind
from idp.token.server import JSON, TokenRequest

CLAIM = "urn:openid:params:jwt:claim:auth_req_id"


class BackchannelGrant(PolledGrant):
    """Tokens for what she approved on her own phone."""

    GRANT_TYPE, KIND = CIBA.grant_type, CIBA


class BackchannelIdToken(IdToken):
    """Says which request it answers; only a push would have to (section 10.3.1)."""

    def encode_id_token(self, token: JSON, request: TokenRequest) -> str:
        unsigned = super().encode_id_token(token, request)
        request.desk.drafts[-1].claims[CLAIM] = request.payload.data[CIBA.parameter]
        return unsigned


BACKCHANNEL = GrantKind(BackchannelGrant, (BackchannelIdToken(),), polled_by(CIBA))
