"""From a code or a refresh token to tokens, and back: redemption, rotation, revocation, introspection."""
