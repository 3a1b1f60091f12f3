"""docs/registration.md says what is so: its examples are taken, its settings and options are there."""

import json
import re

from foundation.settings import Settings
from idp.commands import client_tokens
from idp.documents.reading import read_document
from idp.registration.policy import ANYBODY
from idp.registration.reading import read_registration
from tests.support import ROOT

PAGE = (ROOT / "docs/registration.md").read_text("utf-8")
REGISTERED, DOCUMENT = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))


def test_its_registration_is_taken_as_it_says() -> None:
    read = read_registration(REGISTERED, ANYBODY)
    assert read.metadata.scopes == ("openid",)
    assert read.beyond == ("skills",)
    assert read.metadata.localized == {"client_name#en": "Cap Jobs"}


def test_its_document_is_taken_as_it_says() -> None:
    body = json.dumps(DOCUMENT).encode()
    read = read_document(DOCUMENT["client_id"], "application/json", body)
    assert read.asked.metadata.name == "agent.example"


def test_its_settings_and_options_are_there() -> None:
    for name in re.findall(r"ACCORD_([A-Z_]+)", PAGE):
        assert name.lower() in Settings.model_fields, name
    told = {name.replace("-", "_") for name in re.findall(r"`--([a-z-]+)", PAGE)}
    assert told <= set(client_tokens.add.__annotations__)
