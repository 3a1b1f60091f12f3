"""What OCSF is told, held against its own class definitions (ocsf-json-schema carries those of 1.8.0)."""

from functools import cache

import orjson
import pytest
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from consent.ledger.events import catalogue
from consent.ledger.export import Followed
from consent.ledger.leaf import KEYS, encode_leaf, leaf_hash
from consent.taking.ocsf import KINDS, VERSION, ocsf_event
from foundation.ids import new_id
from idp import pages as _every_room  # noqa: F401  # its events

NOW = 1_800_000_000_000_000


@cache
def definitions():
    return OcsfJsonSchemaEmbedded(get_ocsf_schema(VERSION))


@cache
def validator(class_uid):
    classes = definitions()
    return Draft202012Validator(classes.get_class_schema(classes.lookup_class_name_from_uid(class_uid)))


def row(event, *, log="security", outcome="success", **fields):
    event_id = new_id(NOW)
    fields = dict.fromkeys(KEYS) | {"facts": {}} | fields
    leaf = encode_leaf(fields | {
        "v": 1, "id": event_id, "time": NOW, "event": event, "log": log, "outcome": outcome,
        "salt": "A" * 22,
    })  # fmt: skip
    return Followed(7, event_id, leaf.decode(), leaf_hash(leaf))


def held(one):
    said = orjson.loads(orjson.dumps(ocsf_event(one)))
    wrong = [error.message for error in validator(said["class_uid"]).iter_errors(said)]
    assert wrong == [], said
    assert said["type_uid"] == said["class_uid"] * 100 + said["activity_id"]
    assert said["metadata"]["version"] == VERSION
    return said


def test_every_event_of_the_catalogue_is_valid():
    names = {line.name for line in catalogue()}
    assert set(KINDS) <= names
    for event in sorted(names):
        held(row(event))
        full = held(row(event, client="coach", grant="a" * 32, scopes="openid skills", request="b" * 32))
        assert full["raw_data"]
        assert full["metadata"]["event_code"] == event


@pytest.mark.parametrize(
    ("event", "class_uid"),
    [
        ("login.succeeded", 3002),
        ("token.issued", 3002),
        ("consent.given", 3005),
        ("consent.revoked", 3005),
        ("data.read", 6005),
        ("grant.queried", 6003),
        ("person.erased", 3004),
        ("key.revoked", 3004),
        ("log.retired", 0),
    ],
)
def test_each_has_its_class(event, class_uid):
    said = held(row(event, client="coach", scopes="skills"))
    assert said["class_uid"] == class_uid
    if class_uid == 3005:
        assert said["privileges"] == ["skills"]


def test_what_failed_what_alarms_and_what_is_gone():
    assert held(row("login.failed", outcome="failed"))["status_id"] == 2
    assert held(row("token.reused", outcome="refused"))["severity_id"] == 4
    gone = row("data.read")._replace(leaf=None)
    said = held(gone)
    assert said["unmapped"] == {"leaf_hash": gone.leaf_hash.hex(), "retired": True}
    assert "raw_data" not in said
    damaged = held(gone._replace(leaf="x"))
    assert damaged["raw_data"] == "x"
    assert damaged["unmapped"]["retired"] is False
