"""Where a refused call learns what this API is (RFC 9728 section 5.1): beside each of its challenges."""

RESOURCE_METADATA_PATH = "/.well-known/oauth-protected-resource"
API_PATH = "/v1"


def pointer(issuer: str) -> str:
    """The parameter of a challenge; section 3.1 puts the well-known part before the resource's path."""
    return f'resource_metadata="{issuer}{RESOURCE_METADATA_PATH}{API_PATH}"'
