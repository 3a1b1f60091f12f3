"""RFC 7520 sections 5.4 and 5.5: what the library makes of the examples, and our envelope for their keys."""

import json
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from idp.clients.members.encrypting import CONTENT_ALGORITHMS, KEY_ALGORITHMS, Encryption
from idp.encryption.enclosing import Envelope
from tests.support import ROOT

FOLDER = ROOT / "tests" / "vectors" / "ietf-jose_cookbook" / "jwe"
EXAMPLES: list[dict[str, Any]] = [
    json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))
]


@pytest.mark.parametrize("example", EXAMPLES, ids=["5.4", "5.5"])
def test_rfc7520(example: dict[str, Any]) -> None:
    given = example["input"]
    key = ECKey.import_key(given["key"])
    how = [given["alg"], given["enc"]]
    assert given["alg"] in KEY_ALGORITHMS
    assert given["enc"] in CONTENT_ALGORITHMS
    found = jwe.decrypt_compact(example["output"]["compact"], key, algorithms=how)
    assert found.plaintext == given["plaintext"].encode()
    envelope = Envelope(ECKey.import_key(key.as_dict(private=False)), Encryption(*how))
    ours = jwe.decrypt_compact(envelope.around(given["plaintext"]), key, algorithms=how)
    assert ours.plaintext == found.plaintext
    theirs, header = found.headers(), dict(ours.headers())
    assert (header.pop("typ"), header.pop("cty")) == ("JWT", "JWT")
    assert header.pop("epk").keys() == dict(theirs)["epk"].keys()
    assert header.pop("kid") == given["key"]["kid"]
    assert header == {"alg": given["alg"], "enc": given["enc"]}
