"""The ``[[notify]]`` stanzas: good ones arrive in the site, each mistake is named at its line, no secret is shown."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from greendc.cli import app
from greendc.errors import EXIT_CONFIG, EXIT_FAILED
from greendc.notifier import PRIORITIES, SHIPPED_BODIES, TRANSITIONS, Notifier, NotifyKind
from greendc.site import load_site
from greendc.status import ChannelStatus, NotifyStatus, write_status
from greendc.toml_source import TomlSource

HEAD = """schema = 1
[site]
name = "room"
[[racks]]
name = "r01"
[[notify]]
name = "duty"
"""
MAIL = 'kind = "email"\nurl = "smtp://127.0.0.1"\nsender = "a@example.org"\nto = ["b@example.org"]\n'
HOOK = 'kind = "webhook"\nurl = "https://example.org/hook"\n'
BROKER = 'kind = "mqtt"\nurl = "mqtt://127.0.0.1"\n'


def found(text: str) -> list[str]:
    """Return each problem as ``code@line``, a warning with a question mark."""
    _, problems = load_site(TomlSource("site.toml", HEAD + text))
    marks = {"error": "", "warning": "?"}
    return [f"{problem.key}@{problem.line}{marks[problem.level]}" for problem in problems]


@pytest.mark.parametrize("text", [MAIL, HOOK, BROKER, HOOK + 'quiet = "22:00-07:00"\nlanguage = "zh"\nburst = 0\n'])
def test_good_stanzas(text: str) -> None:
    """Each kind of channel with what it needs is accepted; what is left out has its usual value."""
    site, problems = load_site(TomlSource("site.toml", HEAD + text))
    assert problems == []
    assert site is not None
    assert (site.notify[0].priorities, site.notify[0].transitions) == (PRIORITIES, TRANSITIONS)
    assert site.notify[0].advisory is False


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('kind = "sms"\nurl = "x"\n', "errors.unknown_word@8"),
        ('kind = "webhook"\n', "errors.missing_key@6"),
        ('kind = "webhook"\nurl = "ftp://127.0.0.1/"\n', "notify.url@9"),
        ('kind = "webhook"\nurl = "https:///path"\n', "notify.url@9"),
        ('kind = "webhook"\nurl = "http://example.org/"\n', "notify.no_tls@9"),
        ('kind = "webhook"\nurl = "https://me:pw@example.org/"\n', "broker.secret_in_url@9"),
        ('kind = "mqtt"\nurl = "mqtts://example.org"\n', "broker.no_credentials@9"),
        (HOOK + 'body = "wecom"\n', "notify.key_in_url@9"),
        (HOOK + 'body = "slack"\n', "notify.body@10"),
        (HOOK + 'sign_env = "PATH"\n', "notify.unsigned@6"),
        (HOOK + 'to = ["a@example.org"]\n', "notify.not_of_kind@10"),
        (HOOK + 'key = "/etc/hostname"\n', "notify.needs@10"),
        (MAIL + 'password_env = "PATH"\n', "notify.needs@12"),
        (MAIL + 'user = "a"\npassword_env = "PATH"\npassword_file = "/etc/hostname"\n', "notify.two_sources@14"),
        (HOOK + 'quiet = "22:00-22:00"\n', "notify.quiet@10"),
        (HOOK + 'token_env = "GREENDC_TEST_NOT_SET"\n', "notify.unset@10?"),
        (HOOK + 'token_file = "/nowhere"\n', "errors.secret_unreadable@10"),
        (HOOK + 'priorities = ["urgent"]\n', "errors.unknown_word@10"),
        (HOOK + 'transitions = ["raised", "gone"]\n', "errors.unknown_word@10"),
        (HOOK + 'quiet = "22-7"\n', "notify.quiet@10"),
        (HOOK + 'language = "fr"\n', "cli.language@10"),
        (HOOK + 'ca = "/nowhere.pem"\n', "broker.no_such_file@10"),
        (HOOK + "burst = -1\n", "errors.wrong_value@10"),
        (HOOK + "timeout_s = 0\n", "errors.wrong_value@10"),
        (HOOK + 'password = "secret"\n', "errors.unknown_key@10"),
        (BROKER + 'topic = "a/+/b"\n', "notify.topic@10"),
        (MAIL.replace("b@example.org", "nobody"), "notify.mail@11"),
        (MAIL.replace('sender = "a@example.org"\n', ""), "notify.mail@6"),
        (HOOK + '[[notify]]\nname = "duty"\n' + HOOK, "notify.duplicate@11"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, problem: str) -> None:
    """One mistake gives one problem, at the line of the key that is wrong."""
    assert found(text) == [problem]


def test_nothing_says_an_address_that_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address from the environment is in no complaint about it and not in the stanza's text."""
    monkeypatch.setenv("GREENDC_TEST_HOOK", "http://example.org/SECRETKEY")
    _, problems = load_site(TomlSource("s.toml", HEAD + 'kind = "webhook"\nurl_env = "GREENDC_TEST_HOOK"\n'))
    assert [problem.key for problem in problems] == ["notify.no_tls"]
    assert "SECRETKEY" not in problems[0].sentence()
    stanza = Notifier(name="x", kind=NotifyKind.WEBHOOK, url_env="GREENDC_TEST_HOOK")
    assert "SECRETKEY" not in repr((stanza, stanza.address()))


def test_every_key_is_documented() -> None:
    """The page about alarms names each key of a stanza, each kind, transition and shipped body."""
    page = (Path(__file__).parents[2] / "docs/alarms.md").read_text("utf-8")
    names = [*Notifier.__struct_fields__, *NotifyKind, *TRANSITIONS, *SHIPPED_BODIES, *PRIORITIES]
    assert [name for name in names if f"`{name}`" not in page] == []


def run(*words: str) -> tuple[int, dict[str, object]]:
    """Return exit code and envelope of a command."""
    result = CliRunner().invoke(app, [*words, "--json"])
    return result.exit_code, msgspec.json.decode(result.stdout, type=dict[str, object])


def test_check_tries_bodies_and_nodes(tmp_path: Path) -> None:
    """`greendc check` fills own bodies in and knows the site's nodes, each complaint at its line."""
    (tmp_path / "own.toml").write_text('schema = 1\nbody = \'{"a": "$nothing"}\'\n', "utf-8")
    site = tmp_path / "site.toml"
    site.write_text(HEAD + HOOK + f'body = "{tmp_path}/own.toml"\nnodes = ["r01", "r99"]\n', "utf-8")
    code, envelope = run("check", str(site))
    problems = envelope["problems"]
    assert isinstance(problems, list)
    assert code == EXIT_CONFIG
    assert sorted((p["line"], p["code"]) for p in problems) == [
        (10, "notify.template.placeholder"),
        (11, "notify.node"),
    ]


def test_doctor_names_channels_that_are_down(tmp_path: Path) -> None:
    """A channel that is down is a fault, one that gave messages up a warning, one that works is well."""
    (tmp_path / "site.toml").write_text(HEAD + HOOK, "utf-8")
    channels = [
        ChannelStatus(name="duty", error="no answer", waiting=3),
        ChannelStatus(name="mail", sent=4, lost=2),
        ChannelStatus(name="bus", sent=7),
    ]
    write_status(tmp_path, "notify", NotifyStatus(time_ns=1, channels=channels))
    _, envelope = run("doctor", "--site", str(tmp_path / "site.toml"), "--data", str(tmp_path))
    data = envelope["data"]
    assert isinstance(data, list)
    states = {entry["subject"]: entry["state"] for entry in data}
    assert [states[f"notify {name}"] for name in ("duty", "mail", "bus")] == ["fail", "warn", "ok"]


def test_notify_test_says_which_channels_work(tmp_path: Path, free_port: int) -> None:
    """A channel where nobody answers fails the command; an unknown one and none at all are mistakes."""
    site = tmp_path / "site.toml"
    site.write_text(HEAD + f'kind = "webhook"\nurl = "http://127.0.0.1:{free_port}/"\n', "utf-8")
    words = ("alarms", "notify-test", "--site", str(site))
    code, envelope = run(*words)
    assert code == EXIT_FAILED
    data = envelope["data"]
    assert isinstance(data, list)
    assert [(row["channel"], row["sent"]) for row in data] == [("duty", False)]
    assert run(*words, "--channel", "other")[0] == EXIT_CONFIG
    site.write_text(HEAD.replace('[[notify]]\nname = "duty"\n', ""), "utf-8")
    assert run(*words)[0] == EXIT_CONFIG
