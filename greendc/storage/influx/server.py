"""Talking to an InfluxDB 1.x, 2.x or 3 over HTTP: writes, InfluxQL, and errors sorted by who must act.

The client library's own batching keeps points in memory only and drops them on exit, so requests are made one by one.
"""

from __future__ import annotations

import base64
import gzip
import logging
import re
import threading
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException

from greendc.errors import StoreAway, StoreError, StoreRefused
from greendc.storage.influx.answers import Rows, Series, of_csv, of_series
from greendc.storage.retention import RAW
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from greendc.settings import Secret
    from greendc.storage.influx.address import InfluxAddress

log = logging.getLogger("greendc.storage")

LINES_PER_WRITE = 5000
STATEMENTS_PER_REQUEST = 100
WRITE_TIMEOUT_MS = 10_000
QUERY_TIMEOUT_MS = 30_000

_BAD_REQUEST = frozenset({400, 422})
_NOT_ALLOWED = frozenset({401, 403})
_NOT_FOUND = 404
_CONFLICT = 409
_TOO_LARGE = 413
_BUSY = frozenset({408, 429})
_SERVER_FAILS = 500
_MAX_WHY = 200
_MISSING = ("database not found", "retention policy not found")
SENTINEL = "SHOW MEASUREMENTS LIMIT 1"
SENTINEL_HEAD = b"name,tags,name\n"
SENTINEL_ROW = b"measurements,,"
_DROPPED = re.compile(r"dropped=(\d+)")

Answered = TypeVar("Answered")

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class _Result(msgspec.Struct, frozen=True):
    series: list[Series] = []
    error: str = ""


class _Complaint(msgspec.Struct, frozen=True):
    error: str = ""
    message: str = ""


class _Answer(msgspec.Struct, frozen=True):
    results: list[_Result] = []
    error: str = ""


class StoreConflict(StoreRefused):
    """What should be made is there already (409)."""


class DatabaseMissing(StoreRefused):
    """The server has no such database, bucket or retention policy."""


class BatchTooLarge(StoreRefused):
    """The server does not take a body of this size (413)."""


class BatchRejected(StoreRefused):
    """The server dropped points of the batch; ``dropped`` tells how many, when the server did."""

    def __init__(self, message: str, dropped: int | None) -> None:
        """Keep what the server said."""
        self.dropped = dropped
        super().__init__(message)


class InfluxServer:
    """One server and one database on it."""

    def __init__(self, address: InfluxAddress, token: Secret) -> None:
        """Remember where the server is; nothing is asked yet."""
        self.address = address
        self.prepare: Callable[[], None] | None = None
        """What makes a 1.x database that is missing, for who may."""
        self._lock = threading.Lock()
        self._version = ""
        # Any: the client's own annotations are incomplete.
        self._client: Any = InfluxDBClient(
            url=address.url, token=token.reveal(), org=address.org, ssl_ca_cert=address.ca or None
        )
        self._api: Any = self._client.api_client
        self._authorise(token)

    def _authorise(self, token: Secret) -> None:
        headers: dict[str, str] = self._api.default_headers
        if not token:
            headers.pop("Authorization", None)
        elif ":" in token.reveal():
            # 1.x knows users and passwords; tokens of 2.x and 3 hold no colon.
            headers["Authorization"] = f"Basic {base64.b64encode(token.reveal().encode()).decode()}"

    def version(self) -> str:
        """Return the server's version, such as ``1.6.7``, as its ping tells.

        Raises:
            StoreAway: the server does not answer.
        """
        with self._lock:
            if not self._version:
                response = self._call("GET", "/ping")
                self._version = response.headers.get("X-Influxdb-Version", "").lstrip("v") or "2"
                log.info("InfluxDB %s at %s", self._version, self.address.url)
            return self._version

    def generation(self) -> str:
        """Return ``1``, ``2`` or ``3``: which of the three programs called InfluxDB this is."""
        first = self.version().partition(".")[0]
        return first if first in {"1", "2", "3"} else "2"

    def bucket(self, level: str) -> str:
        """Return the bucket of 2.x, or the database of 3, that holds a level."""
        return self.address.database if level == RAW else f"{self.address.database}/{level}"

    def write(self, lines: str, level: str = RAW) -> None:
        """Write line protocol; return once the server has said that it is kept.

        Raises:
            BatchTooLarge: write it in two halves.
            BatchRejected: some points cannot be kept; the others may have been.
            StoreAway: write the same again later.
            StoreRefused: a person must act.
        """
        if self.generation() == "1":
            path, query = "/write", {"db": self.address.database, "precision": "ns"}
            if level != RAW:
                query["rp"] = level
        else:
            path, query = "/api/v2/write", {"bucket": self.bucket(level), "precision": "ns"}
            if self.address.org:
                query["org"] = self.address.org
        headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Encoding": "gzip"}
        body = gzip.compress(lines.encode(), compresslevel=1)
        self._prepared(lambda: self._call("POST", path, query=query, headers=headers, body=body))

    def write_own(self, lines: Sequence[str], level: str) -> None:
        """Write lines of our own making, in pieces as large as the server takes.

        Raises:
            StoreAway: write the same again later.
            StoreRefused: a person must act.
        """
        for start in range(0, len(lines), LINES_PER_WRITE):
            piece = lines[start : start + LINES_PER_WRITE]
            try:
                self.write("\n".join(piece), level)
            except BatchTooLarge:
                if len(piece) == 1:
                    raise
                self.write_own(piece[: len(piece) // 2], level)
                self.write_own(piece[len(piece) // 2 :], level)

    def query(self, influxql: str, level: str = RAW) -> list[Series]:
        """Return the series that answer the statements; times are nanoseconds.

        Raises:
            StoreAway: ask again later.
            StoreRefused: a person must act.
        """
        answer = self._prepared(lambda: self._answered(self._ask(influxql, level, "application/json")))
        return [series for result in answer.results for series in result.series]

    def query_all(self, statements: Sequence[str], level: str = RAW) -> Iterator[Series]:
        """Yield the series that answer several statements, in as few requests as the server allows.

        Raises:
            StoreAway: ask again later.
            StoreRefused: a person must act.
        """
        at_once = 1 if self.generation() == "3" else STATEMENTS_PER_REQUEST
        for start in range(0, len(statements), at_once):
            yield from self.query("; ".join(statements[start : start + at_once]), level)

    def _answered(self, body: bytes, tolerate: str = "") -> _Answer:
        answer = msgspec.json.decode(body, type=_Answer)
        for error in (answer.error, *(result.error for result in answer.results)):
            if error.startswith(_MISSING):
                raise self._no_database(error)
            if error and not (tolerate and tolerate in error):
                raise StoreRefused(t("storage.influx.refused", server=self.address.url, status=200, why=error))
        return answer

    def _prepared(self, action: Callable[[], Answered]) -> Answered:
        try:
            return action()
        except DatabaseMissing:
            # On 2.x and 3 a token that may make buckets is no token for a writer: `greendc store init` makes them.
            if self.prepare is None or self.generation() != "1":
                raise
        self.prepare()
        return action()

    def rows(self, influxql: str, columns: Sequence[str], level: str = RAW) -> Rows:
        """Return the rows that answer one statement, column by column; for many of them.

        Raises:
            StoreAway: ask again later.
            StoreRefused: a person must act.
        """
        if self.generation() == "3":
            return of_series(self.query(influxql, level), columns)
        # An answer in CSV does not tell of errors, it just ends: only one with the second statement's rows is whole.
        body = self._ask(f"{influxql}; {SENTINEL}", level, "application/csv")
        whole = body.rpartition(SENTINEL_HEAD)
        if whole[1] and whole[2].startswith(SENTINEL_ROW):
            return of_csv(whole[0], columns)
        return of_series(self.query(influxql, level), columns)

    def _ask(self, influxql: str, level: str, form_of_answer: str) -> bytes:
        form = {"db": self.address.database, "epoch": "ns", "q": influxql}
        if level != RAW:
            form["rp"] = level
        headers = {**_FORM, "Accept": form_of_answer}
        return self._call("POST", "/query", headers=headers, form=form, timeout_ms=QUERY_TIMEOUT_MS).data

    def command(self, influxql: str, *, tolerate: str = "") -> None:
        """Run a statement that changes a 1.x server; an error that holds the text ``tolerate`` is none.

        Raises:
            StoreAway: ask again later.
            StoreRefused: a person must act.
        """
        self._answered(self._call("POST", "/query", headers=_FORM, form={"q": influxql}).data, tolerate)

    def api(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
        missing_ok: bool = False,
        conflict_ok: bool = False,
    ) -> bytes:
        """Ask the interface for administration; what is allowed to be missing or there already gives an empty answer.

        Raises:
            StoreAway: ask again later.
            StoreRefused: a person must act.
        """
        try:
            return self._call(method, path, query=query, headers={"Content-Type": "application/json"}, body=body).data
        except DatabaseMissing:
            if not missing_ok:
                raise
        except StoreConflict:
            if not conflict_ok:
                raise
        return b""

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: bytes | Mapping[str, object] | None = None,
        timeout_ms: int = WRITE_TIMEOUT_MS,
    ) -> urllib3.BaseHTTPResponse:
        try:
            response: urllib3.BaseHTTPResponse = self._api.call_api(
                path,
                method,
                query_params=list((query or {}).items()),
                header_params=dict(headers or {}),
                post_params=list((form or {}).items()),
                body=body,
                _preload_content=False,
                _return_http_data_only=True,
                _request_timeout=timeout_ms,
            )
            response.read(cache_content=True)
        except ApiException as error:
            raise self._named(error) from error
        except urllib3.exceptions.HTTPError as error:
            raise StoreAway(t("storage.influx.away", server=self.address.url, why=type(error).__name__)) from error
        return response

    def _named(self, error: ApiException) -> StoreError:
        """Return the store's error for an answer that is not a success."""
        status = error.status
        why = _why(error)
        said = {"server": self.address.url, "status": str(status), "why": why}
        refused = t("storage.influx.refused", **said)
        if status in _BAD_REQUEST:
            dropped = _DROPPED.search(why)
            return BatchRejected(refused, int(dropped[1]) if dropped else None)
        if status in _NOT_ALLOWED:
            return StoreRefused(t("storage.influx.token", **said))
        if status == _NOT_FOUND or why.startswith(_MISSING):
            return self._no_database(why)
        if status in _BUSY or status >= _SERVER_FAILS:
            return StoreAway(t("storage.influx.failing", **said), _retry_after(error))
        return {_TOO_LARGE: BatchTooLarge, _CONFLICT: StoreConflict}.get(status, StoreRefused)(refused)

    def _no_database(self, why: str) -> StoreRefused:
        said = {"server": self.address.url, "database": self.address.database, "why": why}
        return DatabaseMissing(t("storage.influx.database", **said))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _why(error: ApiException) -> str:
    """Return what the server or the TLS layer said, short."""
    body = error.body.decode(errors="replace") if isinstance(error.body, bytes) else error.body or error.reason or ""
    try:
        said = msgspec.json.decode(body, type=_Complaint)
    except msgspec.DecodeError:
        return " ".join(str(body).split())[:_MAX_WHY]
    return (said.error or said.message)[:_MAX_WHY]


def _retry_after(error: ApiException) -> float | None:
    """Return the seconds of Retry-After; a date there is not read."""
    headers: Mapping[str, str] = error.headers or {}
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None
