"""The interfaces of InfluxDB 2.x and 3 in front of a real 1.x, so that what greendc asks of them is answered with data.

It is as faithful as their documents: which paths there are, how a bucket is named, who may do what, how an error looks.
It is no InfluxDB 2.x or 3, and nothing that runs on it has been tried on one.
"""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

ORG = "acme"
ADMIN, WRITER, READER = "admin-token", "writer-token", "reader-token"


class Generation:
    """A server of version 2.x or 3 on a free port; a context manager."""

    def __init__(self, version: str, behind: int) -> None:
        """Stand in front of the InfluxDB 1.x on port ``behind`` of this machine."""
        self.version = version
        self.behind = behind
        self.buckets: dict[str, int] = {}
        self.seen: list[str] = []
        handler = type("Bound", (Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        """Return its port."""
        return self._server.server_port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    """Translates one request."""

    owner: Generation
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Ping, and the list of buckets and organisations."""
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/ping":
            self._answer(200 if self.owner.version.startswith("3") else 204, b"")
        elif not self._may(ADMIN):
            return
        elif url.path == "/api/v2/buckets" and self._second():
            name = query["name"]
            if name not in self.owner.buckets:
                self._error(404, f'bucket "{name}" not found')
                return
            seconds = self.owner.buckets[name]
            rules = [{"type": "expire", "everySeconds": seconds}] if seconds else []
            self._json(200, {"buckets": [{"id": name.encode().hex(), "name": name, "retentionRules": rules}]})
        elif url.path == "/api/v2/orgs" and self._second():
            self._json(200, {"orgs": [{"id": "0123456789abcdef", "name": query["org"]}]})
        else:
            self._error(404, "path not found")

    def do_PATCH(self) -> None:
        """Change a bucket's retention."""
        body = self._body()
        if self._may(ADMIN):
            rules = json.loads(body)["retentionRules"]
            self.owner.buckets[json.loads(body)["name"]] = rules[0]["everySeconds"] if rules else 0
            self._json(200, {})

    def do_POST(self) -> None:
        """Write, query, make a bucket."""
        body = self._body()
        url = urllib.parse.urlsplit(self.path)
        self.owner.seen.append(f"{self.path} {self.headers['Authorization']}")
        if url.path == "/api/v2/write":
            self._write(dict(urllib.parse.parse_qsl(url.query)), body)
        elif url.path == "/query":
            self._query(dict(urllib.parse.parse_qsl(body.decode())))
        elif url.path == "/api/v2/buckets" and self._second():
            if self._may(ADMIN):
                told = json.loads(body)
                rules = told["retentionRules"]
                self._make(told["name"], rules[0]["everySeconds"] if rules else 0)
                self._json(201, {})
        elif url.path == "/api/v3/configure/database" and not self._second():
            if self._may(ADMIN):
                told = json.loads(body)
                if told["db"] in self.owner.buckets:
                    self._error(409, "attempted to create a resource that already exists")
                    return
                self._make(told["db"], int(told.get("retention_period", "0s").rstrip("s")))
                self._json(200, {})
        else:
            self._error(404, "path not found")

    def _write(self, query: dict[str, str], body: bytes) -> None:
        if not self._may(ADMIN, WRITER):
            return
        if query["bucket"] not in self.owner.buckets and self._second():
            self._error(404, f'bucket "{query["bucket"]}" not found')
            return
        if self._second() and query.get("org") != ORG:
            self._error(404, f'organization name "{query.get("org", "")}" not found')
            return
        if query["bucket"] not in self.owner.buckets:
            self._make(query["bucket"], 0)  # version 3 makes a database with the first write
        database, _slash, policy = query["bucket"].partition("/")
        target = {"db": database, "precision": query["precision"], **({"rp": policy} if policy else {})}
        self._forward(f"/write?{urllib.parse.urlencode(target)}", body, {"Content-Encoding": "gzip"})

    def _query(self, form: dict[str, str]) -> None:
        if not self._may(ADMIN, READER, WRITER):
            return
        name = f"{form['db']}/{form['rp']}" if "rp" in form else form["db"]
        if name not in self.owner.buckets:
            self._error(404, f"database not found: {name}")
            return
        if not self._second() and re.search("; (SELECT|SHOW)|^SHOW SERIES", form["q"]):
            self._error(400, "This feature is not implemented")
            return
        self._forward("/query", urllib.parse.urlencode(form).encode(), {"Accept": self.headers["Accept"]})

    def _make(self, name: str, seconds: int) -> None:
        self.owner.buckets[name] = seconds
        database, _slash, policy = name.partition("/")
        statements = [f'CREATE DATABASE "{database}"']
        if policy:
            statements.append(f'CREATE RETENTION POLICY "{policy}" ON "{database}" DURATION INF REPLICATION 1')
        for statement in statements:
            self._send("/query", urllib.parse.urlencode({"q": statement}).encode(), {})

    def _forward(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        status, answer = self._send(path, body, headers)
        self._answer(status, answer)

    def _send(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        url = f"http://127.0.0.1:{self.owner.behind}{path}"
        request = urllib.request.Request(url, data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 (our own loopback server)
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def _second(self) -> bool:
        return self.owner.version.startswith("2")

    def _may(self, *tokens: str) -> bool:
        if self.headers["Authorization"] in {f"Token {token}" for token in tokens}:
            return True
        known = self.headers["Authorization"] in {f"Token {token}" for token in (ADMIN, WRITER, READER)}
        self._error(403 if known else 401, "insufficient permissions" if known else "unauthorized access")
        return False

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"] or 0))

    def _error(self, status: int, message: str) -> None:
        self._json(status, {"code": "x", "message": message} if self._second() else {"error": message})

    def _json(self, status: int, answer: object) -> None:
        self._answer(status, json.dumps(answer).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("X-Influxdb-Version", ("v" if self._second() else "") + self.owner.version)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""
