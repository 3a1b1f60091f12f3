"""What anyone may send as a form."""

import asyncio
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from foundation.errors import AccordError
from foundation.web import forms
from foundation.web.forms import parse, parse_query, read_body, read_protocol_form

FORM = "application/x-www-form-urlencoded"


def test_reads_fields():
    form = parse(b"a=1&b=two+words&c=%C3%A9&a=2&empty=&bare")
    assert form.many("a") == ["1", "2"]
    assert form.single("b") == "two words"
    assert form.single("c") == "é"
    assert form.single("empty") == form.single("bare") == form.single("absent") == ""
    assert "bare" in form
    assert "absent" not in form
    assert list(form) == ["a", "b", "c", "empty", "bare"]


def test_many_leaves_out_what_is_empty():
    assert parse(b"a=&a=1").many("a") == ["1"]
    assert parse(b"").many("a") == []


@given(
    st.lists(st.tuples(st.text("abc", min_size=1), st.text(st.characters(exclude_categories=["Cs", "Cc"]))))
)
def test_reads_what_browsers_write(pairs):
    raw = urlencode(pairs)
    wanted = parse_qsl(raw, keep_blank_values=True)
    form = parse(raw.encode())
    for name in {name for name, _ in wanted}:
        assert form.many(name) == [value for key, value in wanted if key == name and value]


def test_a_repeated_parameter_is_refused_not_resolved():
    with pytest.raises(AccordError, match="the parameter a is repeated") as caught:
        parse(b"a=1&a=2").single("a")
    assert caught.value.code == "invalid_request"


def test_the_name_in_an_error_is_harmless():
    with pytest.raises(AccordError) as caught:
        parse(b"%22%3Cscript%3E=1&%22%3Cscript%3E=1").single('"<script>')
    assert "<" not in caught.value.description
    assert '"' not in caught.value.description


@pytest.mark.parametrize(
    "raw",
    [
        b"a=%00", b"a=\x00", b"a=%0d%0aSet-Cookie:x", b"a=%7F", b"a=%1b[2J", b"a=%c2%85", b"%00=1", b"a%0a=1",
        b"a=\xc2\x9b", b"a=\t", b"a=%C2%9F",
    ],
)  # fmt: skip
def test_control_characters_are_refused(raw):
    with pytest.raises(AccordError, match="control character"):
        parse(raw)


def test_text_areas_may_hold_line_breaks_and_nothing_else():
    assert parse(b"a=one%0D%0Atwo%09three", text=True).single("a") == "one\r\ntwo\tthree"
    with pytest.raises(AccordError):
        parse(b"a=%00", text=True)
    with pytest.raises(AccordError):
        parse(b"a%0A=1", text=True)


@pytest.mark.parametrize("raw", [b"a=%ff", b"a=\xff", b"a=%C3", b"a=%ED%A0%80", b"%E9=1"])
def test_what_is_not_utf8_is_refused(raw):
    with pytest.raises(AccordError, match="UTF-8"):
        parse(raw)


@pytest.mark.parametrize("raw", [b"a=%", b"a=%4", b"a=%zz", b"a=100%+sure"])
def test_broken_percent_encodings_are_refused(raw):
    with pytest.raises(AccordError, match="percent-encoding"):
        parse(raw)


def test_unusual_but_harmless_text_passes():
    assert parse("a=nbsp\u00a0and\u202fnarrow".encode()).single("a") == "nbsp\u00a0and\u202fnarrow"


def test_floods_are_refused():
    with pytest.raises(AccordError) as caught:
        parse(b"a=" + b"x" * forms.MAX_BYTES)
    assert caught.value.status == 413
    with pytest.raises(AccordError, match="parameters"):
        parse(b"a&" * forms.MAX_FIELDS)
    assert len(list(parse(b"&".join(b"a%d=1" % n for n in range(forms.MAX_FIELDS))))) == forms.MAX_FIELDS


def posting(*chunks, media=FORM, **headers):
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request"})

    async def receive():
        return messages.pop(0)

    pairs = [(b"content-type", media.encode())] if media else []
    pairs += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": pairs, "query_string": b"q=1"}, receive)


async def test_a_body_in_pieces_is_one_form():
    form = await read_protocol_form(posting(b"a=1&", b"b=2", media=FORM + "; charset=utf-8"))
    assert form == {"a": "1", "b": "2"}
    assert parse_query(posting()).single("q") == "1"


async def test_a_protocol_endpoint_refuses_any_repeat_and_forgets_what_is_empty():
    assert await read_protocol_form(posting(b"a=1&b=")) == {"a": "1"}
    with pytest.raises(AccordError, match="unknown is repeated"):
        await read_protocol_form(posting(b"a=1&unknown=2&unknown=2"))


@pytest.mark.parametrize("media", ["", "multipart/form-data; boundary=x", "application/json", FORM + "x"])
async def test_other_media_types_are_refused(media):
    with pytest.raises(AccordError) as caught:
        await read_body(posting(b"a=1", media=media))
    assert caught.value.status == 415


async def test_a_long_body_is_refused_before_and_while_it_is_read():
    with pytest.raises(AccordError) as caught:
        await read_body(posting(b"", content_length=str(forms.MAX_BYTES + 1)))
    assert caught.value.status == 413
    with pytest.raises(AccordError) as caught:
        await read_body(posting(b"x" * 40_000, b"x" * 40_000))
    assert caught.value.status == 413


async def test_a_body_that_never_comes_is_given_up(monkeypatch):
    monkeypatch.setattr(forms, "BODY_SECONDS", 0.01)

    async def never():
        await asyncio.Event().wait()

    request = posting()
    request._receive = never
    with pytest.raises(AccordError) as caught:
        await read_body(request)
    assert caught.value.status == 408


async def test_a_connection_closed_half_way_is_no_form():
    async def gone():
        return {"type": "http.disconnect"}

    request = posting()
    request._receive = gone
    with pytest.raises(AccordError, match="closed"):
        await read_body(request)
