"""One run of a whole site on this machine: which processes, on which ports, and how far they have come."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import math
import os
import shutil
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import msgspec

from greendc import ports
from greendc.cli.options import ledger_of, port_of, store_of, usable_folder
from greendc.cli.running import SUPERVISED
from greendc.clock import SystemClock
from greendc.doctor import troubles
from greendc.errors import ConfigError, StoreError
from greendc.site import Site, read_site
from greendc.status import CollectStatus, DeviceStatus, IngestStatus, SimulateStatus, read_status
from greendc.supervisor import Child, Supervisor, greendc_argv, tail
from greendc.texts import language, t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from greendc.settings import Settings

MARK = ".greendc-demo"
SITE_PATIENCE_S = 30.0
LATER_S = 8.0
"""So long after the first processes the others start, even when no reading has been stored."""
USUAL_BROKER_PORT = 1883
SCENARIOS = {"room": "recirculation"}
"""What a demo plays, by preset; it names the racks of one site, and the others stay calm."""
USUAL_BROKER = f"mqtt://127.0.0.1:{USUAL_BROKER_PORT}"
ANY_PORT = 0


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run has come. ``backfilled_ratio`` is None where no history is filled in.

    ``pue`` is provisional, over the time since the start; ``pue_method`` says from what.
    """

    url: str
    data: str
    age_s: float
    readings_stored: int
    devices_up: int
    devices_total: int
    first_reading_s: float | None
    backfilled_ratio: float | None
    alarms_open: int
    advice_open: int
    pue: float | None = None
    pue_method: str = ""
    pue_category: str = ""
    pue_coverage: float | None = None
    pue_reason: str = ""


class Tally:
    """Adds up the count of a process that begins again at 0 each time the process is restarted."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._ended = 0
        self._running = 0

    def see(self, count: int) -> None:
        """Take the count as the process says it now."""
        if count < self._running:
            self._ended += self._running
        self._running = count

    @property
    def total(self) -> int:
        """Return the sum over all runs of the process."""
        return self._ended + self._running


class SiteRun:
    """The processes of a site and what can be seen of them; a context manager that stops them all."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        """Prepare a run in the settings' data directory."""
        self._settings = settings
        self._say = say
        self.data_dir: Path = settings.data_dir
        self._site_file = settings.get("site")
        self._started_s = time.monotonic()
        self._started_ns = SystemClock().now_ns()
        self._supervisor = Supervisor(self.data_dir / "logs")
        self._broker_url = settings.get("broker")
        self._nodes: list[str] = []
        self._reported: set[str] = set()
        self._page_answered = False
        self._troubled: set[str] = set()
        self._stored = Tally()
        self._later_s = math.inf
        self.first_reading_s: float | None = None
        self.url = ""
        self.trouble = ""

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop every process."""
        self.stop()

    def stop(self) -> None:
        """Stop every process; doing it twice is harmless."""
        self._supervisor.stop()

    def age_s(self) -> float:
        """Return the seconds since the run began."""
        return time.monotonic() - self._started_s

    def start_broker(self, wish: int) -> None:
        """Start the embedded broker on the port that is wished for; a broker that is there already is used instead."""
        port = free_port(wish)
        if wish not in {ANY_PORT, port}:
            # Nodes publish to the usual port: a second broker beside the one there would never hear them.
            self._say(t("cli.up.broker_there", port=str(wish)))
            return
        self._broker_url = f"mqtt://127.0.0.1:{port}"
        self._start("broker", "broker", "--port", str(port))

    def start_simulator(self, preset: str, *, seed: int, backfill: str) -> None:
        """Start the simulated devices and wait for the site file that names their ports."""
        words = [
            "--seed",
            str(seed),
            "--speed",
            "1",
            *(["--scenario", SCENARIOS[preset]] if preset in SCENARIOS else []),
            *(["--backfill", backfill] if backfill else []),
        ]
        self._start("simulate", "simulate", preset, *words)
        site_file = self.data_dir / "site.toml"
        limit_s = time.monotonic() + SITE_PATIENCE_S
        while not site_file.exists():
            self.tend()
            if time.monotonic() > limit_s or self._supervisor.failed():
                why = " / ".join(tail(self.data_dir / "logs" / "simulate.log", 3))
                raise ConfigError.single("cli.demo.no_site", why=why)
            time.sleep(0.05)

    def start_site(self, dashboard_port: int, *, nodes: bool) -> None:
        """Start what brings readings; edge agents of a demo, dashboard and analyse follow the first reading."""
        self._start("ingest", "ingest")
        self._start("collect", "collect")
        if nodes:
            for file in sorted(self.data_dir.glob("edge-*.toml")):
                self._nodes.append(file.stem)
        self.url = f"http://{self._settings.get('dashboard_address')}:{dashboard_port}/?lang={language()}"
        self._later_s = self.age_s() + LATER_S

    def _start_rest(self) -> None:
        """Start the others; together they would take the machine from those that bring the first reading."""
        self._later_s = math.inf
        for node in self._nodes:
            self._start(node, "edge", "--config", str(self.data_dir / f"{node}.toml"), data=self.data_dir / node)
        port = urlsplit(self.url).port
        self._start("dashboard", "dashboard", "--port", str(port))
        self._start("analyse", "analyse")

    def _start(self, name: str, *arguments: str, data: Path | None = None) -> None:
        environ = {
            SUPERVISED: "1",
            "GREENDC_DATA": str(data or self.data_dir),
            "GREENDC_SITE": self._site_file,
            "GREENDC_STORE": self._settings.get("store"),
            "GREENDC_BROKER": self._broker_url,
        }
        self._supervisor.start(Child(name=name, argv=greendc_argv(*arguments), environ=environ))

    def tend(self) -> None:
        """Restart what ended, say it once, and notice the first stored reading."""
        for name in self._supervisor.tend():
            if name not in self._reported or name in self._supervisor.failed():
                self._reported.add(name)
                last = " / ".join(tail(self.data_dir / "logs" / f"{name}.log", 1))
                key = "child_failed" if name in self._supervisor.failed() else "child_ended"
                self._say(t(f"cli.demo.{key}", name=name, why=last))
        if self.age_s() >= self._later_s:
            self._start_rest()
        status = read_status(self.data_dir, "ingest", IngestStatus)
        if status is None or status.time_ns < self._started_ns:
            return
        self._stored.see(status.stored)
        self._say_troubles(troubles(status))
        if self.first_reading_s is None and status.first_stored_ns >= self._started_ns:
            self.first_reading_s = round((status.first_stored_ns - self._started_ns) / 1e9, 2)
            self._say(t("cli.demo.first_reading", seconds=self.first_reading_s))
            if not math.isinf(self._later_s):
                self._start_rest()

    def _say_troubles(self, found: dict[str, str]) -> None:
        """Say what store and broker lack when it begins, and once when all is well again."""
        for what, sentence in found.items():
            if what not in self._troubled:
                self._say(sentence)
        if self._troubled and not found:
            self._say(t("cli.demo.back"))
        self._troubled = set(found)
        self.trouble = next(iter(found.values()), "")

    def page_answers(self) -> bool:
        """Tell whether the dashboard has begun to answer."""
        if not self._page_answered and self.age_s() > 1:
            health = self.url.partition("/?")[0] + "/_stcore/health"
            try:
                with urllib.request.urlopen(health, timeout=0.3) as answer:  # noqa: S310 (our own loopback page)
                    self._page_answered = bool(answer.status == 200)  # noqa: PLR2004 (HTTP OK)
            except (OSError, urllib.error.URLError):
                self._page_answered = False
        return self._page_answered

    def failures(self) -> list[tuple[str, str]]:
        """Return each process that only a person can mend, with the last line it logged."""
        return [
            (name, " / ".join(tail(self.data_dir / "logs" / f"{name}.log", 1))) for name in self._supervisor.failed()
        ]

    def progress(self, *, with_pue: bool = True) -> Progress:
        """Return how far the run has come."""
        simulate = read_status(self.data_dir, "simulate", SimulateStatus)
        devices = self._devices()
        total = self._total(len(devices))
        alarms, advice = self._open()
        found = Progress(
            url=self.url,
            data=str(self.data_dir),
            age_s=round(self.age_s(), 1),
            readings_stored=self._stored.total,
            devices_up=sum(device.state == "ok" for device in devices),
            devices_total=total,
            first_reading_s=self.first_reading_s,
            backfilled_ratio=simulate.backfilled_ratio if simulate else None,
            alarms_open=alarms,
            advice_open=advice,
        )
        return self._with_pue(found) if with_pue else found

    def _devices(self) -> list[DeviceStatus]:
        centre = read_status(self.data_dir, "collect", CollectStatus)
        found = list(centre.devices) if centre else []
        for node in self._nodes:
            status = read_status(self.data_dir / node, "edge", CollectStatus)
            found += status.devices if status else []
        return found

    def _total(self, seen: int) -> int:
        try:
            site = read_site(self.data_dir / "site.toml" if self._nodes else Path(self._site_file))
        except ConfigError:
            return seen
        return max(seen, len(site.devices) + sum(len(node.devices) for node in site.edge_nodes if self._nodes))

    def _open(self) -> tuple[int, int]:
        from analytics.advice_view import open_advice
        from analytics.alarms import open_alarms

        ledger = ledger_of(self._settings)
        try:
            return len(open_alarms(ledger)), len(open_advice(ledger))
        finally:
            ledger.close()

    def _with_pue(self, found: Progress) -> Progress:
        from analytics.kpis import compute

        try:
            # A site file that was broken while the site runs costs this figure, not the run.
            site: Site = read_site(Path(self._site_file))
            store = store_of(self._settings)
        except (ConfigError, StoreError) as error:
            return msgspec.structs.replace(found, pue_reason=str(error))
        try:
            results = compute(store, site, self._started_ns, SystemClock().now_ns(), keys=["pue"])
        except StoreError as error:
            return msgspec.structs.replace(found, pue_reason=str(error))
        finally:
            store.close()
        best = results[0]
        return msgspec.structs.replace(
            found,
            pue=None if best.value is None else round(best.value, 4),
            pue_method=best.method,
            pue_category=str(best.category or ""),
            pue_coverage=best.coverage,
            pue_reason=best.reason or "",
        )


def free_port(wish: int) -> int:
    """Return ``wish`` if nothing listens there on the loopback, else a free port; 0 is a wish for any."""
    found = wish if wish and ports.is_free(wish) else ports.free_port()
    if found is None:
        raise ConfigError.single("cli.demo.no_port")
    return found


def page_port(settings: Settings, given: int | None) -> int:
    """Return the port for the page: the one that was given, else the usual one or a free one when that is taken.

    Raises:
        ConfigError: it is no port, or the one that was given is taken.
    """
    wish = port_of(settings, given)
    port = free_port(wish)
    if given and port != given:
        raise ConfigError.single("cli.port_taken", hint="cli.port_taken_hint", port=str(given))
    return port


@contextlib.contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Be the only run in a data directory; the lock goes with the process, however that ends.

    Raises:
        ConfigError: another run holds it, or the directory cannot be written.
    """
    # The directory itself is locked: a file in it would not outlive `fresh_demo_dir`.
    handle = os.open(usable_folder(folder), os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError.single("cli.up.running", hint="cli.up.running_hint", file=folder) from error
        yield
    finally:
        os.close(handle)


def fresh_demo_dir(folder: Path) -> None:
    """Empty the directory of an earlier demo; refuse to touch a directory that is none.

    Raises:
        ConfigError: the directory holds something else.
    """
    if any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise ConfigError.single("cli.demo.not_ours", file=folder, hint="cli.demo.not_ours_hint")
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    (folder / MARK).write_text(f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}\n", "utf-8")
