"""Receipts and notices as they are stored: a third of their size, and back to the last byte.

A compact JWS is base64 of JSON that repeats itself from one receipt to the next. Its payload is stored as
itself, compressed against a fixed text of what every record says; header and signature follow.
"""

import base64
import zlib

from keys.sign import b64url

# What receipts of today look like, most telling last (RFC 1950 section 2.2). It is part of the stored format:
# receipts packed with it never open without it, so it never changes; another one gets another mark.
_WORDS = (
    b'"https://www.cnil.fr""dpv:ConsentRequested""withdrawn""amended""expired""paused""public_'
    b'task""jurisdiction":"FR","lawful_basis":"consent","pii_controllers":["holder","recipient'
    b'"],"collection_method":"web_form","geographic_restrictions":"no_transfer_declared","pii_'
    b'information":[{"decision":"granted","fields":["label","level","kind"],"item_filter":{"he'
    b'ld_back":[],"later_items":false,"listed":["s01"]},"pii_attribute_id":null,"pii_optional"'
    b':true,"pii_type":"pd:","reason":{"en":"to ","fr":"pour "},"scope":"skills","sensitivity"'
    b':"medium","special_pii_category":null},{"decision":"refused","pii_optional":true,"privac'
    b'y_rights":["access","rectification","erasure","portability","withdraw_consent","complain'
    b't"],"processing_method":"disclosure_by_api","recipient_third_parties":["recipient"],"ret'
    b'ention_period":{"en":"","fr":""},"storage_locations":["EU"],"withdrawal_method":"/accoun'
    b't/apps","terms":{"data_erase_at":null,"duration":"30d","expires_at":"20","fetch_type":"p'
    b'eriodic","frequency":null,"offline":true,"valid_from":"20","schema_version":"accord-cons'
    b'ent-record/2"},"record_sha256":"","events":[{"actor":"person","auth_level":"password","e'
    b'ntity_id":"","event_state":"given","event_time":"20","event_type":"expressed","method":"'
    b'web_form","validity_duration":"P30D"}],"notice":{"effect_of_refusal":"none_on_benefits_o'
    b'r_support","language":"fr","notice_sha256":"","page_version":"1","privacy_notice":{"url"'
    b':"https://","version":""},"shown":true},"receipt_id":"","record":{"@context":"","@type":'
    b'"ConsentRecord",'
)
_PLAIN, _WITH_WORDS = b"\x00", b"\x01"
_LEVEL = 9
_WINDOW = 32_768  # how far back DEFLATE can refer (RFC 1951)


def pack(receipt: str) -> bytes:
    """A receipt as it is stored."""
    try:
        header, payload, signature = receipt.split(".")
        body = _decoded(payload)
    except ValueError:
        return _PLAIN + receipt.encode()
    packed = _WITH_WORDS + _compressed(b"\n".join((header.encode(), signature.encode(), body)), _WORDS)
    # Whatever does not come back to the letter (base64 of another spelling) is kept as it is.
    return packed if unpack(packed) == receipt else _PLAIN + receipt.encode()


def unpack(packed: bytes) -> str:
    """The receipt that `pack` was given."""
    mark, rest = packed[:1], packed[1:]
    if mark == _PLAIN:
        return rest.decode()
    header, signature, body = _opened(rest, _WORDS).split(b"\n", 2)
    return f"{header.decode()}.{b64url(body)}.{signature.decode()}"


def squeeze(text: str, like: str = "") -> bytes:
    """A text, compressed; what it has in common with `like` costs next to nothing."""
    return _compressed(text.encode(), like.encode())


def restore(packed: bytes, like: str = "") -> str:
    """The text that `squeeze` was given, with the same `like`. Raises ValueError for anything else."""
    try:
        return _opened(packed, like.encode()).decode()
    except zlib.error as error:
        raise ValueError("a stored text does not open") from error


def _compressed(data: bytes, words: bytes) -> bytes:
    writer = zlib.compressobj(_LEVEL, zdict=words[-_WINDOW:]) if words else zlib.compressobj(_LEVEL)
    return writer.compress(data) + writer.flush()


def _opened(packed: bytes, words: bytes) -> bytes:
    reader = zlib.decompressobj(zdict=words[-_WINDOW:]) if words else zlib.decompressobj()
    data = reader.decompress(packed) + reader.flush()
    if not reader.eof or reader.unused_data:
        raise zlib.error("it ends before its end, or goes on after it")
    return data


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
