"""E-mail against a real SMTP server: plain on this machine, STARTTLS, TLS, sign-in, and servers that refuse."""

from __future__ import annotations

import email
import email.policy
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from analytics.notify.channel import ChannelAway, ChannelRefused
from analytics.notify.mail import Mail
from greendc.settings import Secret
from tests.analytics.notify.postbox import mail_server, notice
from tests.authority import Authority

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from aiosmtpd.smtp import Envelope


PASSWORD = "mail-password"


def channel(url: str, *, ca: str = "", user: str = "", password: str = PASSWORD, lang: str = "en") -> Mail:
    """Return a mail channel."""
    return Mail(
        Secret(url),
        sender="greendc@example.org",
        to=["duty@example.org", "chen@example.org"],
        sign_in=(user, Secret(password)),
        ca=ca,
        zone=ZoneInfo("Asia/Shanghai"),
        lang=lang,
        timeout_s=5.0,
    )


def read(envelope: Envelope) -> EmailMessage:
    """Return a message as a mail program reads it."""
    assert isinstance(envelope.content, bytes)
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


def test_a_message_is_readable_in_chinese(free_port: int) -> None:
    """Subject, text, recipients and the id by which a mailbox knows a message that comes twice."""
    with mail_server(port=free_port) as box:
        channel(f"smtp://127.0.0.1:{free_port}", lang="zh").send(notice())
        channel(f"smtp://127.0.0.1:{free_port}", lang="zh").send(notice())
    message = read(box.got[0])
    assert box.got[0].rcpt_tos == ["duty@example.org", "chen@example.org"]
    assert "机柜 r01 进风温度超过允许上限" in message["Subject"]
    assert "处理：立即确认空调运行和送风" in message.get_content()
    assert message["Message-ID"] == read(box.got[1])["Message-ID"]
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.parametrize("starttls", [True, False])
def test_links_are_encrypted_and_signed_in(tmp_path: Path, free_port: int, *, starttls: bool) -> None:
    """STARTTLS and TLS with a made certificate; the server asks for user and password."""
    authority = Authority(tmp_path, "ca")
    scheme = "smtp" if starttls else "smtps"
    with mail_server(authority.issue("mail"), starttls=starttls, auth=True, port=free_port) as box:
        url = f"{scheme}://127.0.0.1:{free_port}"
        channel(url, ca=str(authority.certificate), user="greendc").send(notice())
        with pytest.raises(ChannelRefused, match="535") as refused:
            channel(url, ca=str(authority.certificate), user="greendc", password="wrong-one").send(notice())
    assert len(box.got) == 1
    assert box.encrypted == [starttls]
    assert set(box.users) == {"greendc"}
    assert "wrong-one" not in str(refused.value)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, free_port: int) -> None:
    """Neither message nor password leave when the certificate is another authority's."""
    authority, other = Authority(tmp_path, "ca"), Authority(tmp_path, "other")
    serving = mail_server(authority.issue("mail"), starttls=True, auth=True, port=free_port)
    with serving as box, pytest.raises(ChannelAway, match="certificate"):
        channel(f"smtp://127.0.0.1:{free_port}", ca=str(other.certificate), user="greendc").send(notice())
    assert box.got == []
    assert box.users == []


def test_a_server_without_starttls_gets_nothing(tmp_path: Path, free_port: int) -> None:
    """An authority that is named asks for an encrypted link, on this machine too."""
    authority = Authority(tmp_path, "ca")
    with mail_server(port=free_port) as box, pytest.raises(ChannelRefused, match="STARTTLS"):
        channel(f"smtp://127.0.0.1:{free_port}", ca=str(authority.certificate)).send(notice())
    assert box.got == []


@pytest.mark.parametrize(("said", "error"), [("554 no", ChannelRefused), ("451 later", ChannelAway)])
def test_refusals_for_good_and_for_now(free_port: int, said: str, error: type[Exception]) -> None:
    """5xx is a no to this message, 4xx asks to come again."""
    with mail_server(port=free_port) as box:
        box.refusal = said
        with pytest.raises(error, match=said[:3]):
            channel(f"smtp://127.0.0.1:{free_port}").send(notice())
        box.refusal = ""
        channel(f"smtp://127.0.0.1:{free_port}").send(notice())
    assert len(box.got) == 1


def test_one_mailbox_that_is_refused_does_not_hold_up_the_others(
    free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The message goes to who is taken, and the log names who is not; with nobody taken it is refused."""
    with mail_server(port=free_port) as box:
        box.unknown = ("chen@example.org",)
        channel(f"smtp://127.0.0.1:{free_port}").send(notice())
        assert "chen@example.org" in caplog.text
        box.unknown = ("chen@example.org", "duty@example.org")
        with pytest.raises(ChannelRefused, match=r"duty@example\.org"):
            channel(f"smtp://127.0.0.1:{free_port}").send(notice())
    assert [envelope.rcpt_tos for envelope in box.got] == [["duty@example.org"]]


def test_nobody_there_is_away(free_port: int) -> None:
    """A mail server that is down is tried again later."""
    with pytest.raises(ChannelAway):
        channel(f"smtp://127.0.0.1:{free_port}").send(notice())


def test_a_name_adds_no_header(free_port: int) -> None:
    """Line breaks in a name stay in the subject's one line."""
    with mail_server(port=free_port) as box:
        channel(f"smtp://127.0.0.1:{free_port}").send(notice(place="r01\r\nBcc: all@example.org\r\n\r\nhello"))
    message = read(box.got[0])
    assert message["Bcc"] is None
    assert "Bcc: all@example.org" in message["Subject"]
    assert box.got[0].rcpt_tos == ["duty@example.org", "chen@example.org"]
