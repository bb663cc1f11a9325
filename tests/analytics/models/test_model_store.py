"""Models on disk: they come back as they were, and what is not what was saved is refused with one sentence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
import skops.io  # type: ignore[import-untyped]  # it ships no types

from analytics.alarms import transition as tr
from analytics.alarms.alarm import SYSTEM, Alarm
from analytics.models.nightly import BEFORE_NS, TRAINED, exclusions, recall, renew
from analytics.models.store import FOLDER, MANIFEST, load, save
from analytics.models.training import train
from greendc.contracts import Event
from greendc.ledger import SqliteLedger
from tests.analytics.models.made_plant import DAY, chiller, site
from tests.analytics.models.step_history import STEP_NS, StepHistory
from tests.analytics.plant import START

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.models.model_set import ModelSet

DAYS = 4
NOW = START + DAYS * DAY * STEP_NS
ROW = np.array([[40_000.0, 40_000.0**2, 24.0, 12.0]])


@pytest.fixture
def saved(tmp_path: Path) -> ModelSet:
    """Return models that are saved in the test's folder."""
    return save(train(_history(), site(), NOW, days=DAYS), site(), tmp_path)


def _history() -> StepHistory:
    history = StepHistory()
    chiller(history, DAYS)
    return history


def _file(folder: Path) -> Path:
    (file,) = (folder / FOLDER).glob("*.skops")
    return file


def test_models_come_back_as_they_were(saved: ModelSet, tmp_path: Path) -> None:
    """A loaded model predicts the same, and its version names it and its file; nothing is a pickle."""
    loaded = load(site(), tmp_path, saved.digest)
    assert loaded.problems == ()
    (one,), (other,) = saved.models, loaded.models.models
    assert one.card == other.card
    assert one.expected(ROW) == pytest.approx(other.expected(ROW), rel=1e-15)
    assert other.card.version == f"chiller_power/chiller-1@{_file(tmp_path).stem[:8]}"
    assert _file(tmp_path).read_bytes().startswith(b"PK")


def test_a_tampered_file_is_refused(saved: ModelSet, tmp_path: Path) -> None:
    """One changed byte: the model is absent, says why in one sentence, and the next training brings it back."""
    file = _file(tmp_path)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    loaded = load(site(), tmp_path)
    assert len(saved) == 1
    assert len(loaded.models) == 0
    (problem,) = loaded.problems
    assert "chiller_power/chiller-1" in problem.sentence("en")
    assert "refused" in problem.sentence("en")
    assert [gap.reason for gap in loaded.models.not_evaluated] == ["refused"]
    save(train(_history(), site(), NOW, days=DAYS), site(), tmp_path)
    assert len(load(site(), tmp_path).models) == 1


def test_a_missing_file_is_absent(saved: ModelSet, tmp_path: Path) -> None:
    """A file that is gone takes its model with it."""
    _file(tmp_path).unlink()
    loaded = load(site(), tmp_path)
    assert len(saved) == 1
    assert [problem.key for problem in loaded.problems] == ["models.gone"]


def test_another_type_is_refused_although_its_hash_is_right(tmp_path: Path) -> None:
    """A file with a type that no estimator of ours has is never built, even by a manifest that fits it."""
    models = train(_history(), site(), NOW, days=DAYS)
    models.models[0].estimator = _Strange()  # type: ignore[assignment]  # that is the point
    save(models, site(), tmp_path)
    assert skops.io.get_untrusted_types(file=_file(tmp_path))
    loaded = load(site(), tmp_path)
    assert len(loaded.models) == 0
    assert [problem.key for problem in loaded.problems] == ["models.strange"]


class _Strange:
    """What nobody trusts."""

    def __init__(self) -> None:
        self.value = 1


@pytest.mark.parametrize("damage", ["threshold", "rubbish", "digest"])
def test_a_tampered_manifest_refuses_all(damage: str, saved: ModelSet, tmp_path: Path) -> None:
    """Limits are part of a model: whoever changes one in the manifest is found out, also by the ledger's digest."""
    path = tmp_path / FOLDER / MANIFEST
    if damage == "threshold":
        text = json.loads(path.read_text())
        text["body"]["entries"][0]["card"]["limits"]["up"]["fast"] = 1e9
        path.write_text(json.dumps(text))
    elif damage == "rubbish":
        path.write_text("{")
    loaded = load(site(), tmp_path, "0" * 64 if damage == "digest" else "")
    assert len(saved) == 1
    assert len(loaded.models) == 0
    assert [problem.key for problem in loaded.problems] == ["models.manifest"]


def test_no_models_are_no_problem(tmp_path: Path) -> None:
    """A site that was never trained has no models and no complaint."""
    loaded = load(site(), tmp_path)
    assert len(loaded.models) == 0
    assert loaded.problems == ()


def test_the_night_leaves_out_alarms_and_the_ledger_vouches(tmp_path: Path) -> None:
    """Time in alarm is left out until a person calls it a nuisance; the digest in the ledger opens the models."""
    ledger = SqliteLedger(tmp_path / "ledger.sqlite")
    raised_ns, cleared_ns = START + DAY * STEP_NS, START + 2 * DAY * STEP_NS
    alarm = Alarm(
        id="a", rule="a", kind="k", priority="low", place="", device="chiller-1", part="", quantity="active_power_w",
        value=1.0, unit="W", limit=None, since_ns=raised_ns, raised_ns=raised_ns,
    )  # fmt: skip
    body = msgspec.json.encode(alarm).decode()
    ledger.append(Event(time_ns=raised_ns, kind=tr.RAISED, subject="a", principal=SYSTEM, body=body))
    ledger.append(Event(time_ns=cleared_ns, kind=tr.CLEARED, subject="a", principal=SYSTEM))
    (out,) = exclusions(ledger, site(), START, NOW)
    assert (out.start_ns, out.end_ns, out.device) == (raised_ns - BEFORE_NS, cleared_ns, "chiller-1")
    made = renew(_history(), site(), ledger, tmp_path, NOW, days=DAYS)
    assert made.models[0].card.rows < (DAYS - 1) * DAY
    assert ledger.newest(kind=TRAINED, subject=site().name) is not None
    assert len(recall(site(), ledger, tmp_path).models) == 1
    nuisance = msgspec.json.encode(tr.Judgement(verdict=tr.NUISANCE, raised_ns=raised_ns)).decode()
    ledger.append(Event(time_ns=NOW, kind=tr.VERDICT, subject="a", principal=SYSTEM, body=nuisance))
    assert exclusions(ledger, site(), START, NOW) == ()
    window = msgspec.json.encode(tr.Span(start_ns=raised_ns, until_ns=cleared_ns)).decode()
    ledger.append(Event(time_ns=NOW, kind=tr.MAINTENANCE, subject=site().name, principal=SYSTEM, body=window))
    assert {out.device for out in exclusions(ledger, site(), START, NOW)} >= {"chiller-1", "crah-1"}
