"""What InfluxDB's answers become: away, refused, or points that can never be stored."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greendc.errors import ConfigError, PointsRefused, StoreAway, StoreRefused
from greendc.model import Quality, Reading
from greendc.settings import Secret
from greendc.storage import open_store
from greendc.storage.influx.address import InfluxAddress, parse_address
from greendc.storage.influx.names import code_of, line, name_of, quality_of, tag_of
from greendc.storage.influx.store import InfluxStore
from tests import influx
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from greendc.contracts import Store

ADMIN = "admin:s3cret"


def reading(number: int = 0, device: str = "d", quantity: str = "active_power_w") -> Reading:
    """Return a good reading."""
    return Reading(time_ns=10**18 + number, site="s", device=device, part="", quantity=quantity, value=1.5)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an InfluxDB that wants a user and takes small requests only."""
    port = free_port()
    with influx.influxd(tmp_path_factory.mktemp("guarded"), port, auth=True, max_body=2000):
        influx.ask(port, "CREATE USER admin WITH PASSWORD 's3cret' WITH ALL PRIVILEGES")
        yield port


def opened(port: int, path: Path, token: str = "", database: str = "green dc", *, read_only: bool = False) -> Store:
    """Open a database of a server on this machine."""
    url = f"influxdb://127.0.0.1:{port}/{database}"
    return open_store(url, path, token=Secret(token), read_only=read_only)


def test_a_wrong_password_is_refused(guarded: int, tmp_path: Path) -> None:
    """The sentence names the setting to mend and does not repeat the secret."""
    store = opened(guarded, tmp_path, "admin:wr0ng")
    for ask in (lambda: store.write([reading()]), lambda: store.count("s")):
        with pytest.raises(StoreRefused, match="GREENDC_STORE_TOKEN") as refused:
            ask()
        assert "wr0ng" not in str(refused.value)
    store.close()


def test_a_writer_makes_its_database_and_a_reader_does_not(guarded: int, tmp_path: Path) -> None:
    """A name that a reader mistyped is an error, not an empty store."""
    reader = opened(guarded, tmp_path, ADMIN, "new", read_only=True)
    with pytest.raises(StoreRefused, match=r'"new"|“new”'):
        reader.count("s")
    writer = opened(guarded, tmp_path, ADMIN, "new")
    writer.write([reading()])
    assert reader.count("s") == 1
    reader.close()
    writer.close()


def test_a_batch_that_is_too_large_is_split(guarded: int, tmp_path: Path) -> None:
    """A server that takes little at once gets it in pieces."""
    store = opened(guarded, tmp_path, ADMIN)
    readings = [reading(number, device=f"{number * 7919:x}") for number in range(3000)]
    store.write(readings)
    assert store.count("s") == 3000
    store.close()


def test_a_type_conflict_costs_the_culprits_only(guarded: int, tmp_path: Path) -> None:
    """Points that the server can never take are found in a large batch; all others are stored."""
    store = opened(guarded, tmp_path, ADMIN, "conflict")
    assert isinstance(store, InfluxStore)
    store._server.write("water_volume_m3,site=x,device=x,part=- value=1i 1000000000000000000")
    readings = [
        reading(number, quantity="water_volume_m3" if number in {3, 70, 71} else "air_temperature_c")
        for number in range(200)
    ]
    with pytest.raises(PointsRefused) as refused:
        store.write(readings)
    assert refused.value.indices == (3, 70, 71)
    assert store.count("s") == 197
    store.close()


def test_a_server_that_is_not_there_is_away(tmp_path: Path) -> None:
    """Opening a store asks nothing; reading and writing say that it is away."""
    store = opened(free_port(), tmp_path)
    with pytest.raises(StoreAway, match=r"127\.0\.0\.1"):
        store.write([reading()])
    with pytest.raises(StoreAway):
        store.count("s")
    store.close()


class Answers(BaseHTTPRequestHandler):
    """A server of one answer to writes of readings; it says which version it is, knows nothing and takes all else."""

    protocol_version = "HTTP/1.1"
    status: ClassVar[int] = 204
    fields: ClassVar[dict[str, str]] = {}
    body: ClassVar[bytes] = b""
    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer the ping."""
        self.send_response(204)
        self.send_header("X-Influxdb-Version", "v2.7.1")
        self.end_headers()

    def do_POST(self) -> None:
        """Answer as told."""
        self.rfile.read(int(self.headers["Content-Length"]))
        status, fields, body = self.status, self.fields, self.body
        if self.path.startswith("/query"):
            status, fields, body = 200, {}, b'{"results":[]}'
        elif "bucket%2F" in self.path:
            status, fields, body = 204, {}, b""
        else:
            self.seen.append(f"{self.path} {self.headers['Authorization']}")
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def answers() -> type[Answers]:
    """A handler of its own for each test, to be told what to answer."""
    return type("Told", (Answers,), {"seen": []})


def post_to(handler: type[Answers], path: Path) -> None:
    """Write one reading to a server of this handler."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    store = open_store(f"influxdb://127.0.0.1:{server.server_port}/bucket?org=acme", path, token=Secret("t0ken"))
    try:
        store.write([reading()])
    finally:
        store.close()
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_second_generation_gets_its_own_write(answers: type[Answers], tmp_path: Path) -> None:
    """Bucket, organisation and nanoseconds stand in the address, the token in the header."""
    post_to(answers, tmp_path)
    assert answers.seen == ["/api/v2/write?bucket=bucket&precision=ns&org=acme Token t0ken"]


@pytest.mark.parametrize(("status", "retry"), [(503, "7"), (429, "30"), (500, ""), (502, "soon"), (408, "")])
def test_a_server_that_cannot_work_now_is_away(answers: type[Answers], tmp_path: Path, status: int, retry: str) -> None:
    """Its Retry-After is passed on when it is a number of seconds."""
    answers.status, answers.fields = status, {"Retry-After": retry} if retry else {}
    with pytest.raises(StoreAway, match=str(status)) as away:
        post_to(answers, tmp_path)
    assert away.value.retry_after_s == (float(retry) if retry.isdecimal() else None)


@pytest.mark.parametrize(
    ("status", "said"), [(401, "GREENDC_STORE_TOKEN"), (403, "GREENDC_STORE_TOKEN"), (404, "bucket")]
)
def test_a_server_that_will_not_have_us_is_a_persons_matter(
    answers: type[Answers], tmp_path: Path, status: int, said: str
) -> None:
    """Token and bucket each have their sentence, with what the server said."""
    answers.status, answers.body = status, b'{"code":"x","message":"because of reasons"}'
    with pytest.raises(StoreRefused, match=said) as refused:
        post_to(answers, tmp_path)
    assert "because of reasons" in str(refused.value)
    assert "t0ken" not in str(refused.value)


@pytest.mark.parametrize("status", [400, 422, 413])
def test_a_point_that_is_refused_alone_is_the_culprit(answers: type[Answers], tmp_path: Path, status: int) -> None:
    """A batch of one that the server does not take can never be stored."""
    answers.status = status
    with pytest.raises(PointsRefused) as refused:
        post_to(answers, tmp_path)
    assert refused.value.indices == (0,)


def test_addresses_are_read() -> None:
    """Scheme, port, database, organisation and certificate file each have their place."""
    assert parse_address("influxdb://db.example/green%20dc") == InfluxAddress(
        url="http://db.example:8086", database="green dc"
    )
    assert parse_address("influxdbs://[::1]:443/b?org=a%20b&ca=/ca.pem") == InfluxAddress(
        url="https://[::1]:443", database="b", org="a b", ca="/ca.pem"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "embeded",
        "http://h/db",
        "influxdb://h",
        "influxdb:///db",
        "influxdb://h:port/db",
        "influxdb://user:pw@h/db",
        "http://user:pw@h/db",
        "influxdb://[::1/db",
        'influxdb://h/d"b',
        "influxdb://h/a/b",
        "influxdb://h/db?token=x",
    ],
)
def test_wrong_addresses_are_a_mistake_of_configuration(text: str, tmp_path: Path) -> None:
    """Each is one sentence with how to write it, and never repeats a password."""
    with pytest.raises(ConfigError) as wrong:
        open_store(text, tmp_path)
    assert len(wrong.value.problems) == 1
    assert wrong.value.problems[0].hint
    assert "pw" not in str(wrong.value)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_name_survives_as_a_tag(name: str) -> None:
    """A tag is never empty, holds no backslash or control character, and gives the name back."""
    tag = tag_of(name)
    assert name_of(tag) == name
    assert tag
    assert not any(char in "\\\n\r\t\0" for char in tag)


@given(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), st.sampled_from(Quality))
def test_one_number_says_quality_and_knowledge(value: float | None, quality: Quality) -> None:
    """The field ``quality`` tells a value that is known from one that is void."""
    if value is None and quality is Quality.GOOD:
        return
    told = Reading(time_ns=1, site="s", device="d", part="", quantity="active_power_w", value=value, quality=quality)
    assert quality_of(code_of(told)) == (quality, value is not None)


def test_a_line_is_what_the_protocol_says() -> None:
    """Tags sorted and escaped, numbers typed, text quoted, nanoseconds at the end."""
    told = Reading(
        time_ns=5,
        site="a b",
        device="d,1=x",
        part="",
        quantity="active_power_w",
        value=None,
        quality=Quality.BAD,
        reason='it said "no\\"',
    )
    assert line(told) == (r'active_power_w,device=d\,1\=x,part=-,site=a\ b quality=2i,reason="it said \"no\\\"" 5')
    assert line(reading()) == "active_power_w,device=d,part=-,site=s quality=0i,value=1.5 1000000000000000000"
