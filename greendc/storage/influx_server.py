"""Talking to an InfluxDB 1.x, 2.x or 3 over HTTP: writes, InfluxQL, and errors sorted by who must act.

The client library's own batching keeps points in memory only and drops them on exit, so requests are made one by one.
"""

from __future__ import annotations

import base64
import gzip
import logging
import re
import threading
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import msgspec
import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException

from greendc.errors import StoreAway, StoreError, StoreRefused
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greendc.settings import Secret
    from greendc.storage.influx_address import InfluxAddress

log = logging.getLogger("greendc.storage")

WRITE_TIMEOUT_MS = 10_000
QUERY_TIMEOUT_MS = 30_000

_BAD_REQUEST = frozenset({400, 422})
_NOT_ALLOWED = frozenset({401, 403})
_NOT_FOUND = 404
_TOO_LARGE = 413
_BUSY = frozenset({408, 429})
_SERVER_FAILS = 500
_MAX_WHY = 200
_NO_DATABASE = "database not found"
_DROPPED = re.compile(r"dropped=(\d+)")

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}

Cell: TypeAlias = "int | float | str | None"
Answered = TypeVar("Answered")


class Series(msgspec.Struct, frozen=True):
    """One series of an answer."""

    name: str
    columns: list[str]
    values: list[list[Cell]] = []
    tags: dict[str, str] = {}


class _Result(msgspec.Struct, frozen=True):
    series: list[Series] = []
    error: str = ""


class _Complaint(msgspec.Struct, frozen=True):
    error: str = ""
    message: str = ""


class _Answer(msgspec.Struct, frozen=True):
    results: list[_Result] = []
    error: str = ""


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

    def __init__(self, address: InfluxAddress, token: Secret, *, create: bool) -> None:
        """Remember where the server is; nothing is asked yet. ``create`` lets a missing 1.x database be made."""
        self.address = address
        self._create = create
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

    @property
    def is_first(self) -> bool:
        """Tell whether the server is a 1.x."""
        return self.version().startswith("1.")

    def write(self, lines: str) -> None:
        """Write line protocol; return once the server has said that it is kept.

        Raises:
            BatchTooLarge: write it in two halves.
            BatchRejected: some points cannot be kept; the others may have been.
            StoreAway: write the same again later.
            StoreRefused: a person must act.
        """
        if self.is_first:
            path, query = "/write", {"db": self.address.database, "precision": "ns"}
        else:
            path, query = "/api/v2/write", {"bucket": self.address.database, "precision": "ns"}
            if self.address.org:
                query["org"] = self.address.org
        headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Encoding": "gzip"}
        body = gzip.compress(lines.encode(), compresslevel=1)
        self._in_database(lambda: self._call("POST", path, query=query, headers=headers, body=body))

    def query(self, influxql: str) -> list[Series]:
        """Return the series that answer one statement; times are nanoseconds.

        Raises:
            StoreAway: ask again later.
            StoreRefused: a person must act.
        """
        answer = self._in_database(lambda: self._ask(influxql))
        return [series for result in answer.results for series in result.series]

    def _ask(self, influxql: str) -> _Answer:
        form = {"db": self.address.database, "epoch": "ns", "q": influxql}
        body = self._call("POST", "/query", headers=_FORM, form=form, timeout_ms=QUERY_TIMEOUT_MS).data
        answer = msgspec.json.decode(body, type=_Answer)
        for error in (answer.error, *(result.error for result in answer.results)):
            if error.startswith(_NO_DATABASE):
                raise self._no_database(error)
            if error:
                raise StoreRefused(t("storage.influx.refused", server=self.address.url, status=200, why=error))
        return answer

    def _in_database(self, action: Callable[[], Answered]) -> Answered:
        try:
            return action()
        except _DatabaseMissing:
            if not (self._create and self.is_first):
                raise
        # The name was checked against an allow-list when the address was read.
        self._call("POST", "/query", headers=_FORM, form={"q": f'CREATE DATABASE "{self.address.database}"'})
        return action()

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
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
        if status in _BAD_REQUEST:
            dropped = _DROPPED.search(why)
            return BatchRejected(t("storage.influx.refused", **said), int(dropped[1]) if dropped else None)
        if status in _NOT_ALLOWED:
            return StoreRefused(t("storage.influx.token", **said))
        if status == _NOT_FOUND:
            return self._no_database(why)
        if status == _TOO_LARGE:
            return BatchTooLarge(t("storage.influx.refused", **said))
        if status in _BUSY or status >= _SERVER_FAILS:
            return StoreAway(t("storage.influx.failing", **said), _retry_after(error))
        return StoreRefused(t("storage.influx.refused", **said))

    def _no_database(self, why: str) -> StoreRefused:
        said = {"server": self.address.url, "database": self.address.database, "why": why}
        return _DatabaseMissing(t("storage.influx.database", **said))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class _DatabaseMissing(StoreRefused):
    """The server has no such database or bucket."""


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
