"""Where notifications arrive in tests: a real HTTP server and a real SMTP server on this machine."""

from __future__ import annotations

import contextlib
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import msgspec
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from analytics.alarms import transition as tr
from analytics.alarms.alarm import Alarm
from analytics.notify.notice import Notice
from greendc.model import Principal
from tests.analytics.plant import SITE, START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from greendc.ledger import SqliteLedger

OPERATOR = Principal(name="chen", role="operator")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook got."""

    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        """Return the body as JSON."""
        return msgspec.json.decode(self.body, type=dict[str, object])


class Hook:
    """A webhook that answers as it is told."""

    def __init__(self) -> None:
        self.got: list[Request] = []
        self.status = 200
        self.answer = b'{"errcode": 0, "errmsg": "ok", "code": 0}'
        self.location = ""
        self.delay = threading.Event()
        self.delay.set()
        self.url = ""
        self._news = threading.Condition()

    def take(self, request: Request) -> None:
        """Keep a request."""
        with self._news:
            self.got.append(request)
            self._news.notify_all()

    def wait_for(self, count: int, seconds: float = 10.0) -> bool:
        """Tell whether so many requests have come in time."""
        with self._news:
            return self._news.wait_for(lambda: len(self.got) >= count, seconds)


@contextlib.contextmanager
def webhook(certificate: tuple[Path, Path] | None = None) -> Iterator[Hook]:
    """Serve a webhook, over TLS with a certificate."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.delay.wait(20)
            hook.take(Request(path=self.path, headers=dict(self.headers), body=body))
            self.send_response(hook.status)
            if hook.location:
                self.send_header("Location", hook.location)
            self.send_header("Content-Length", str(len(hook.answer)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(hook.answer)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    scheme = "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    hook.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/hook?key=SECRETKEY"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield hook
    finally:
        hook.delay.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Mailbox:
    """What a mail server got, and what it refuses."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.encrypted: list[bool] = []
        self.users: list[str] = []
        self.refusal = ""
        self.unknown: tuple[str, ...] = ()

    async def handle_RCPT(  # noqa: N802 (the name aiosmtpd calls)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient that is known."""
        if address in self.unknown:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (the name aiosmtpd calls)
        """Keep a message."""
        if self.refusal:
            return self.refusal
        self.got.append(envelope)
        # What was TLS from its first byte is no session of the server's.
        self.encrypted.append(session.ssl is not None)
        return "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object
    ) -> AuthResult:
        """Let in who knows the password."""
        known = isinstance(given, LoginPassword) and given.password == b"mail-password"
        if isinstance(given, LoginPassword):
            self.users.append(given.login.decode())
        return AuthResult(success=known, handled=False)


@contextlib.contextmanager
def mail_server(
    certificate: tuple[Path, Path] | None = None, *, starttls: bool = False, auth: bool = False, port: int
) -> Iterator[Mailbox]:
    """Serve SMTP: plain, with STARTTLS or over TLS from the first byte."""
    box = Mailbox()
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        ssl_context=None if starttls else context,
        tls_context=context if starttls else None,
        require_starttls=starttls,
        authenticator=box.authenticate if auth else None,
        auth_required=auth,
        auth_require_tls=auth and starttls,
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def alarm(number: int = 1, *, priority: str = "high", **changed: object) -> Alarm:
    """Return an alarm of a rack."""
    rack = f"r{number:02}"
    made = Alarm(
        id=f"rack_inlet/{rack}",
        rule="rack_inlet",
        kind="allowable",
        priority=priority,
        place=rack,
        device=f"env-{rack}",
        part="remote/1",
        quantity="air_temperature_c",
        value=34.5,
        unit="Cel",
        limit=31.2,
        since_ns=START,
        raised_ns=START,
        node=rack,
    )
    return msgspec.structs.replace(made, **changed)


def notice(number: int = 1, transition: str = "raised", priority: str = "high", **changed: object) -> Notice:
    """Return a message about an alarm of a rack."""
    told = alarm(number, priority=priority, **changed)
    return Notice(id=f"{SITE}-{number}", site=SITE, transition=transition, time_ns=START, alarm=told)


def raise_(ledger: SqliteLedger, told: Alarm, now_ns: int = START, reason: str = "") -> None:
    """Note in a ledger that an alarm was raised."""
    ledger.append(tr.event(tr.RAISED, told.id, now_ns, told, reason=reason))


def clear(ledger: SqliteLedger, told: Alarm, now_ns: int = START) -> None:
    """Note in a ledger that an alarm is over."""
    ledger.append(tr.event(tr.CLEARED, told.id, now_ns))


def acknowledge(ledger: SqliteLedger, told: Alarm, reason: str = "", now_ns: int = START) -> None:
    """Note in a ledger that a person has seen an alarm."""
    ledger.append(tr.event(tr.ACKNOWLEDGED, told.id, now_ns, tr.Seen(), principal=OPERATOR, reason=reason))
