"""The command line as a person or a script meets it: text, one JSON envelope, exit codes."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from collectors.decode import NO_ANSWER, NOT_A_NUMBER, NOT_AVAILABLE, NOT_SUPPORTED, OUT_OF_RANGE, UNKNOWN_STATE
from greendc.cli import COMMANDS
from greendc.cli.output import Output, column
from greendc.cli.site_run import MARK, Tally, fresh_demo_dir, only_run
from greendc.errors import ConfigError
from greendc.status import CollectStatus, DeviceStatus, IngestStatus, write_status
from greendc.storage.writer_lock import writer_lock
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Callable

BROKEN = """schema = 1
[site]
name = "x"
colour = "red"
[[devices]]
name = "a"
profile = "apc-rpdu"
address = "host://"
"""

SMALL = """schema = 1
[site]
name = "small"
[[devices]]
name = "self"
profile = "host"
address = "host://"
interval_s = 1.0
"""


def greendc(
    *arguments: str, cwd: Path, lang: str = "en", environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run greendc as a process of its own and return what it said."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("GREENDC_")}
    return subprocess.run(
        [sys.executable, "-m", "greendc", *arguments],
        cwd=cwd,
        env={**env, "GREENDC_LANG": lang, "GREENDC_DATA": str(cwd / "data"), **(environ or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_init_then_check_is_well(tmp_path: Path) -> None:
    """A first site file passes its own check, and a second init leaves it as it is."""
    assert greendc("init", cwd=tmp_path).returncode == 0
    done = greendc("check", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"ok": True, "data": {"file": "site.toml"}, "problems": []}
    again = greendc("init", cwd=tmp_path)
    assert again.returncode == 2
    assert "exists already" in again.stderr


def test_a_broken_site_file_is_named_with_its_place(tmp_path: Path) -> None:
    """Each mistake is one sentence with file:line:column on stderr, and one entry in the envelope; exit code 2."""
    (tmp_path / "site.toml").write_text(BROKEN, "utf-8")
    done = greendc("check", "--json", cwd=tmp_path)
    assert done.returncode == 2
    envelope = json.loads(done.stdout)
    assert not envelope["ok"]
    assert [(p["line"], p["column"], p["path"]) for p in envelope["problems"]] == [(4, 1, "site.colour")]
    assert 'site.toml:4:1  error  site.colour  Unknown key "colour".' in done.stderr
    assert "未知的键" in greendc("check", cwd=tmp_path, lang="zh").stderr


def test_check_reads_the_tariff_beside_the_site_file(tmp_path: Path) -> None:
    """A hole in the day is named with the tariff's own file and line; exit code 2."""
    (tmp_path / "site.toml").write_text(SMALL + '[tariff]\nprice_per_kwh = 0.5\nfile = "tariff.toml"\n', "utf-8")
    tariff = 'schema = 1\ncurrency = "CNY"\n[[days]]\nflat = ["00:00-23:00"]\n[[prices]]\nper_kwh = { flat = 0.5 }\n'
    (tmp_path / "tariff.toml").write_text(tariff, "utf-8")
    done = greendc("check", cwd=tmp_path)
    assert done.returncode == 2
    assert "tariff.toml:3:1  error  days[0]  From 23:00 to 24:00 there is no tier" in done.stderr


@pytest.mark.parametrize("command", ["collect", "ingest", "analyse", "dashboard", "up", "kpi", "account", "report eu"])
def test_commands_without_a_site_file_say_so(command: str, tmp_path: Path) -> None:
    """A command that needs a site file ends with exit code 2 and one sentence that names the file."""
    done = greendc(*command.split(), cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "There is no such file" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_times_and_log_levels_are_refused(tmp_path: Path) -> None:
    """A time that is none and a log level that is none are one sentence each."""
    greendc("init", cwd=tmp_path)
    done = greendc("kpi", "--from", "yesterday", cwd=tmp_path)
    assert (done.returncode, "This is not a time" in done.stderr) == (2, True)
    done = greendc("kpi", "--from", "2026-02-01", "--to", "2026-01-01", cwd=tmp_path)
    assert (done.returncode, "is not before" in done.stderr) == (2, True)
    done = greendc("collect", cwd=tmp_path, environ={"GREENDC_LOG_LEVEL": "loud"})
    assert (done.returncode, "Unknown log level" in done.stderr) == (2, True)


def test_probe_asks_for_a_community(tmp_path: Path) -> None:
    """No community is assumed, and an address that is none is refused with the forms that are."""
    done = greendc("probe", "snmp://127.0.0.1", cwd=tmp_path)
    assert (done.returncode, "No community was given" in done.stderr) == (2, True)
    done = greendc("probe", "ftp://127.0.0.1", cwd=tmp_path)
    assert (done.returncode, "snmp://HOST:PORT" in done.stderr) == (2, True)


def test_profiles_are_listed(tmp_path: Path) -> None:
    """Every profile is listed and none has a finding."""
    done = greendc("check", "--profiles", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["data"]
    assert {"apc-rpdu2", "schneider-iem3000", "host"} <= {row["name"] for row in rows}
    assert all(row["findings"] == [] for row in rows)


def test_doctor_sees_what_is_missing(tmp_path: Path) -> None:
    """On a machine with nothing on it the doctor fails with exit code 3 and does not crash."""
    done = greendc("doctor", "--json", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    found = {row["subject"]: row["state"] for row in json.loads(done.stdout)["data"]}
    assert found["site"] == "fail"
    assert found["collect"] == "warn"


@pytest.mark.parametrize(
    ("store", "broker", "state", "said"),
    [
        ("ok", "ok", "ok", "spoke"),
        ("pending", "off", "ok", "spoke"),
        ("refused: wrong token", "ok", "fail", "the store does not take readings (refused: wrong token)"),
        ("ok", "away: refused", "warn", "the MQTT broker cannot be used (away: refused)"),
    ],
)
def test_doctor_says_what_the_writer_lacks(store: str, broker: str, state: str, said: str, tmp_path: Path) -> None:
    """A store that takes nothing is a failure, a broker that is away a warning, and a start is neither."""
    write_status(tmp_path / "data", "ingest", IngestStatus(time_ns=time.time_ns(), store=store, broker=broker))
    done = greendc("doctor", "--json", cwd=tmp_path)
    found = next(row for row in json.loads(done.stdout)["data"] if row["subject"] == "ingest")
    assert found["state"] == state
    assert said in found["text"]


def test_doctor_names_devices_that_are_away_or_hollow(tmp_path: Path) -> None:
    """A device that is away is a failure, one that answers without a value a warning, each with what to try."""
    devices = [
        DeviceStatus(name="gone", profile="apc-rpdu2", state="away", error="no answer"),
        DeviceStatus(name="odd", profile="apc-rpdu2", state="ok", error="answers, but no point has a value"),
        DeviceStatus(name="well", profile="apc-rpdu2", state="ok"),
    ]
    write_status(tmp_path / "data", "collect", CollectStatus(time_ns=time.time_ns(), devices=devices))
    rows = json.loads(greendc("doctor", "--json", cwd=tmp_path).stdout)["data"]
    found = {row["subject"]: (row["state"], row["text"]) for row in rows}
    assert found["gone"] == ("fail", "away: no answer; try greendc probe gone")
    assert found["odd"][0] == "warn"
    assert "profile apc-rpdu2" in found["odd"][1]
    assert "well" not in found


def test_up_says_that_the_store_is_away(tmp_path: Path) -> None:
    """A store that does not answer is said where the run was started, and the run goes on."""
    (tmp_path / "site.toml").write_text(SMALL, "utf-8")
    words = ["--store", "influxdb://127.0.0.1:1/x", "--broker", "mqtt://127.0.0.1:1", "--port", "0", "--duration", "8"]
    done = greendc("up", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("the store does not take readings (away: InfluxDB at http://127.0.0.1:1") == 1
    assert done.stdout.count("the MQTT broker cannot be used (away:") == 1


def test_version_and_help(tmp_path: Path) -> None:
    """The version is one line, and help lists every command in the reader's language."""
    assert greendc("version", cwd=tmp_path).stdout.startswith("greendc 0.")
    shown = greendc("--help", cwd=tmp_path, lang="zh").stdout
    assert all(name in shown for name, _ in COMMANDS)
    assert "轮询" in shown


def test_demo_leaves_foreign_directories_alone(tmp_path: Path) -> None:
    """A data directory that holds something else is refused and stays as it is."""
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    done = greendc("demo", "--data", str(tmp_path), "--no-browser", "--duration", "1", cwd=tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "mine.txt").read_text("utf-8") == "mine"


def refused(*arguments: str, cwd: Path, environ: dict[str, str] | None = None) -> str:
    """Return the one sentence a command ends with; assert that it is one and that the exit code says a mistake."""
    done = greendc(*arguments, cwd=cwd, environ=environ)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize("command", ["up", "demo", "collect", "ingest", "analyse", "report eu", "simulate", "broker"])
def test_a_data_directory_that_is_a_file_is_refused(command: str, tmp_path: Path) -> None:
    """Every command that writes says that its data directory is none, and how to name another."""
    greendc("init", cwd=tmp_path)
    said = refused(*command.split(), "--data", "site.toml", cwd=tmp_path)
    assert "site.toml  error  The data directory cannot be used: Not a directory. Name a directory" in said


def test_up_checks_everything_before_it_starts_anything(tmp_path: Path) -> None:
    """A store, a broker or a port that cannot be is one sentence, and no process has been started for it."""
    greendc("init", cwd=tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"Port {port} is in use." in refused("up", "--port", port, cwd=tmp_path)
        assert f"Port {port} is in use." in refused("demo", "--port", port, cwd=tmp_path)
    assert '"99999" is not a port' in refused("up", "--port", "99999", cwd=tmp_path)
    assert '"abc" is not a port' in refused("up", cwd=tmp_path, environ={"GREENDC_DASHBOARD_PORT": "abc"})
    assert '"foo://x" is no store' in refused("up", "--store", "foo://x", cwd=tmp_path)
    assert '"foo://x" is no store' in refused("demo", "--store", "foo://x", cwd=tmp_path)
    assert "needs credentials" in refused("up", "--broker", "mqtts://10.0.0.1", cwd=tmp_path)
    assert not (tmp_path / "data").exists()


def test_one_run_at_a_time_has_a_data_directory(tmp_path: Path) -> None:
    """While a run has the directory, another up or demo is refused and leaves every file as it is."""
    greendc("init", cwd=tmp_path)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / MARK).touch()
    with only_run(folder):
        assert "Another greendc up or demo runs" in refused("up", cwd=tmp_path)
        assert "Another greendc up or demo runs" in refused("demo", "--data", str(folder), cwd=tmp_path)
        assert [file.name for file in folder.iterdir()] == [MARK]
    with only_run(folder):
        fresh_demo_dir(folder)
        with pytest.raises(ConfigError), only_run(folder):
            pass


def test_a_second_writer_is_told_of_the_first(tmp_path: Path) -> None:
    """A data directory has one ingest; another one ends with a sentence that names the directory."""
    greendc("init", cwd=tmp_path)
    with writer_lock(tmp_path / "data"):
        done = greendc("ingest", cwd=tmp_path)
    assert done.returncode == 1
    assert f"Another process writes to {tmp_path / 'data'}; a data directory has one writer" in done.stderr


def test_up_names_what_only_a_person_can_mend(tmp_path: Path) -> None:
    """A child that finds the site file broken after a restart is named with the place, while the others run on."""
    site = tmp_path / "site.toml"
    site.write_text(SMALL, "utf-8")
    words = [sys.executable, "-m", "greendc", "up", "--port", "0", "--broker", "mqtt://127.0.0.1:1"]
    env = {**os.environ, "GREENDC_LANG": "en", "GREENDC_DATA": str(tmp_path / "data")}
    with subprocess.Popen(words, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        said: list[str] = []
        for line in run.stdout:
            said.append(line)
            if "first reading stored" in line:
                site.write_text(SMALL + "colour = 1\n", "utf-8")
                os.kill(child_of(run.pid, "collect"), signal.SIGKILL)
            elif line.startswith("Process collect stopped"):
                run.terminate()
        assert run.wait(30) == 1
    assert any(line.startswith("Process collect stopped") and "site.toml:9:1" in line for line in said), said


def child_of(pid: int, command: str) -> int:
    """Return the process number of a child that runs a greendc command."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    words = {child: Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0") for child in children}
    return next(child for child, argv in words.items() if command.encode() in argv)


def test_a_mistake_below_several_tasks_is_still_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """An error raised on purpose below a group of tasks is said in one sentence, a bug beside it is not hidden."""
    wrong = ConfigError.single("errors.unknown_device", name="x")

    def raising(*errors: Exception) -> Callable[[], None]:
        def action() -> None:
            message = "tasks"
            raise ExceptionGroup(message, [ExceptionGroup(message, list(errors))])

        return action

    with pytest.raises(typer.Exit) as ended:
        Output(as_json=False).guard(raising(wrong))
    assert ended.value.exit_code == 2
    assert "x" in capsys.readouterr().err
    with pytest.raises(typer.Exit) as ended:
        Output(as_json=False).guard(raising(OSError(errno.ENOSPC, "No space left on device", "/full")))
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err.startswith("/full  error")
    with pytest.raises(ExceptionGroup):
        Output(as_json=False).guard(raising(wrong, ZeroDivisionError()))


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A first site file in a folder that is not there is a failure with its reason, not a traceback."""
    done = greendc("init", str(tmp_path / "none" / "site.toml"), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("error  Failed: No such file or directory.\n")


def test_a_figure_that_is_refused_says_why_in_words(tmp_path: Path) -> None:
    """Without a meter of the facility input there is no PUE, and the line says which meter is missing."""
    greendc("init", cwd=tmp_path)
    done = greendc("kpi", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "names no meter of the facility input" in done.stdout


def test_a_probed_device_gets_a_name_that_the_site_file_takes(tmp_path: Path) -> None:
    """A name that a site file would refuse is refused before anything is asked."""
    said = refused("probe", "host://", "--as-toml", "--name", "My Box", cwd=tmp_path)
    assert '"My Box" cannot be a device' in said


def test_probed_stanzas_can_be_appended_one_after_another(tmp_path: Path) -> None:
    """Each probe names the device anew, so that a site file takes the stanza of a second one as well."""
    greendc("init", cwd=tmp_path)
    file = tmp_path / "site.toml"
    for _ in range(2):
        done = greendc("probe", "host://", "--as-toml", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        file.write_text(file.read_text("utf-8") + done.stdout, "utf-8")
    done = greendc("check", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert file.read_text("utf-8").count('\nprofile = "host"') == 2


def test_stored_readings_are_counted_across_a_restart() -> None:
    """The writer counts from 0 again after a restart; what it stored before is not forgotten."""
    tally = Tally()
    for count in (0, 40, 600, 5, 9):
        tally.see(count)
    assert tally.total == 609


def test_columns_stand_below_each_other_in_both_languages() -> None:
    """A Chinese character takes two cells of a terminal."""
    assert column("abc", 6) == "abc   "
    assert column("电压", 6) == "电压  "
    assert column("much too long", 3) == "much too long"


@pytest.mark.parametrize("reason", [NO_ANSWER, NOT_SUPPORTED, NOT_AVAILABLE, NOT_A_NUMBER, UNKNOWN_STATE, OUT_OF_RANGE])
def test_each_reason_of_an_unknown_value_has_words(reason: str) -> None:
    """What `probe` says of a value that it could not read is a sentence in both languages."""
    assert t(f"collectors.reason.{reason}", "zh") != t(f"collectors.reason.{reason}", "en")


def test_a_reader_that_leaves_is_no_failure_to_speak_of(tmp_path: Path) -> None:
    """`greendc check --profiles | head` ends without a complaint."""
    with subprocess.Popen(
        [sys.executable, "-m", "greendc", "check", "--profiles"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
