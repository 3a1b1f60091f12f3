"""Resource indicators (RFC 8707): which of our resources a token is for.

There is one audience here, the data API; what stands below it, and userinfo, which its tokens open too, are
taken for it. A token is never made for anything else.
"""

_ALSO = "/userinfo"


def is_ours(issuer: str, resources: str) -> bool:
    """Whether each of these addresses (joined by spaces, "" for none) is a resource that our tokens open."""
    api = f"{issuer}/v1"
    return all(
        one in {api, issuer + _ALSO} or (one.startswith(f"{api}/") and "#" not in one)
        for one in resources.split(" ")
        if one
    )
