"""Webhooks against a real HTTP server: bodies, signatures, answers, and where they must not go."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.notify.channel import ChannelAway, ChannelRefused
from analytics.notify.notice import RAISED, Notice
from analytics.notify.template import FIELDS, Body, read_body
from analytics.notify.webhook import Webhook
from greendc.clock import ManualClock
from greendc.errors import ConfigError
from greendc.notifier import SHIPPED_BODIES
from greendc.settings import Secret
from tests.analytics.notify.postbox import alarm, notice, webhook
from tests.analytics.plant import SITE, START
from tests.authority import Authority
from tests.servers import free_port

if TYPE_CHECKING:
    from pathlib import Path

ZONE = ZoneInfo("Asia/Shanghai")


def channel(
    url: str, body: str = "json", *, lang: str = "en", token: str = "", sign: str = "", ca: str = "", wait_s: float = 5
) -> Webhook:
    """Return a webhook channel."""
    return Webhook(
        Secret(url),
        read_body(body),
        zone=ZONE,
        lang=lang,
        clock=ManualClock(START),
        keys=(Secret(token), Secret(sign)),
        files=(ca, "", ""),
        timeout_s=wait_s,
    )


def test_plain_json_has_every_field() -> None:
    """A program gets the alarm with numbers as numbers, times in UTC and the bearer token in the header."""
    with webhook() as hook:
        channel(hook.url, token="t0ken").send(notice())
    got = hook.got[0].json()
    assert set(got) == set(FIELDS) - {"text"}
    assert (got["value"], got["limit"], got["advisory"], got["count"]) == (34.5, 31.2, False, 1)
    assert (got["alarm"], got["priority"], got["transition"]) == ("rack_inlet/r01", "high", "raised")
    assert hook.got[0].headers["Authorization"] == "Bearer t0ken"
    assert hook.got[0].path == "/hook?key=SECRETKEY"


@pytest.mark.parametrize(("body", "path"), [("wecom", ("text", "content")), ("feishu", ("content", "text"))])
def test_chat_bodies_say_what_where_and_what_to_do(body: str, path: tuple[str, str]) -> None:
    """A group gets one text in the channel's language: headline, value, limit, what to do, site and time."""
    with webhook() as hook:
        channel(hook.url, body, lang="zh").send(notice())
    outer = hook.got[0].json()[path[0]]
    assert isinstance(outer, dict)
    text = outer[path[1]]
    assert text.startswith("高产生：机柜 r01 进风温度超过允许上限\n")
    assert "34.5" in text
    assert "处理：" in text
    assert f"站点：{SITE}" in text


def test_dingtalk_is_signed_in_the_address() -> None:
    """Time and signature stand behind the address, as DingTalk documents it."""
    with webhook() as hook:
        channel(hook.url, "dingtalk", sign="SECabc").send(notice())
    query = parse_qs(urlsplit(hook.got[0].path).query)
    stamp = query["timestamp"][0]
    digest = hmac.new(b"SECabc", f"{stamp}\nSECabc".encode(), hashlib.sha256).digest()
    assert query["key"] == ["SECRETKEY"]
    assert int(stamp) == START // 1_000_000
    assert query["sign"] == [base64.b64encode(digest).decode()]
    assert hook.got[0].json()["msgtype"] == "text"


def test_feishu_is_signed_in_the_body() -> None:
    """Time and signature stand in the body, with time and secret as the key, as Feishu documents it."""
    with webhook() as hook:
        channel(hook.url, "feishu", sign="s3cret").send(notice())
    got = hook.got[0].json()
    key = f"{START // 1_000_000_000}\ns3cret".encode()
    assert got["timestamp"] == str(START // 1_000_000_000)
    assert got["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert got["msg_type"] == "text"


@pytest.mark.parametrize("body", SHIPPED_BODIES)
@given(name=st.text(max_size=600))
def test_no_name_breaks_a_body(body: str, name: str) -> None:
    """Whatever a place is called, the body is JSON, nobody is called by it and its length has a bound."""
    told = Notice(id="x", site=name, transition=RAISED, time_ns=START, alarm=alarm(place=name), by=name, reason=name)
    filled = read_body(body).filled(told.fields(ZONE, "en"))
    assert isinstance(msgspec.json.decode(filled), dict)
    assert len(filled) < 40_000
    if body != "json":
        assert not {"<", ">", "@"} & set(filled.decode())


def test_a_name_cannot_turn_the_text_or_run_over() -> None:
    """Marks that turn the reading direction, line breaks and endless names do not reach a person."""
    told = notice(place="\u202egpj.exe\n\u2066" + "很" * 1000)
    headline = str(told.fields(ZONE, "en")["headline"])
    assert not {"\u202e", "\u2066", "\n"} & set(headline)
    assert len(headline) < 460


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (500, b"", ChannelAway),
        (429, b"", ChannelAway),
        (403, b"", ChannelRefused),
        (200, b'{"errcode": 93000, "errmsg": "invalid webhook url"}', ChannelRefused),
        (200, b"<html>", ChannelRefused),
        (200, b"{}", ChannelRefused),
    ],
)
def test_what_the_server_says_counts(status: int, answer: bytes, error: type[Exception]) -> None:
    """A group robot's no in a body of status 200 is a no; busy servers are tried again; nothing says the address."""
    with webhook() as hook:
        hook.status, hook.answer = status, answer
        with pytest.raises(error) as said:
            channel(hook.url, "wecom").send(notice())
    assert "SECRETKEY" not in str(said.value)
    assert "127.0.0.1" not in str(said.value)


def test_no_redirect_is_followed() -> None:
    """Messages go to the configured address only."""
    with webhook() as other, webhook() as hook:
        hook.status, hook.location = 307, other.url
        with pytest.raises(ChannelRefused):
            channel(hook.url).send(notice())
    assert other.got == []


def test_a_server_that_hangs_or_is_not_there_is_away() -> None:
    """A channel waits for no longer than its time limit."""
    with webhook() as hook:
        hook.delay.clear()
        with pytest.raises(ChannelAway, match=r"0\.2"):
            channel(hook.url, wait_s=0.2).send(notice())
    with pytest.raises(ChannelAway):
        channel(f"http://127.0.0.1:{free_port()}/").send(notice())


def test_tls_needs_a_certificate_that_is_trusted(tmp_path: Path) -> None:
    """A made certificate is accepted with its authority and refused without."""
    authority = Authority(tmp_path, "ca")
    with webhook(authority.issue("hook")) as hook:
        channel(hook.url, ca=str(authority.certificate)).send(notice())
        with pytest.raises(ChannelAway, match="certificate"):
            channel(hook.url).send(notice())
    assert len(hook.got) == 1


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ('{"a": "$headline", "b": $value_json, "c": "$$5"}', ""),
        ('{"a": $headline}', "notify.template.not_json"),
        ('{"a": "$headlin"}', "notify.template.placeholder"),
        ('{"a": "${headline.__class__}"}', "notify.template.not_json"),
        ('{"a": "5 $"}', "notify.template.not_json"),
    ],
)
def test_own_bodies_are_tried_before_they_are_used(tmp_path: Path, body: str, key: str) -> None:
    """A body that hostile values would break, that names what is not there or that reaches into objects is refused."""
    path = tmp_path / "own.toml"
    path.write_text(f"schema = 1\nbody = '''{body}'''\n", "utf-8")
    if not key:
        filled = read_body(str(path)).filled(notice().fields(ZONE, "en"))
        assert msgspec.json.decode(filled, type=dict[str, object])["c"] == "$5"
        return
    with pytest.raises(ConfigError) as error:
        read_body(str(path))
    assert [problem.key for problem in error.value.problems] == [key]


def test_a_text_is_cut_to_its_bytes() -> None:
    """What a receiver bounds in bytes is cut between characters."""
    body = Body(schema=1, body='{"a": "$headline"}', longest=50)
    cut = msgspec.json.decode(body.filled({"headline": "机" * 40}), type=dict[str, str])["a"]
    assert len(cut.encode()) <= 50
    assert cut.endswith("机…")
