"""Exchanges of meters in a report: in the annex and the data, by whom and why, and no day or name where none may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import msgspec
import pytest
from msgspec.structs import replace

from analytics.meter_exchange import Registers, record_exchange
from analytics.reports import Masking, ReportKind, Request, build
from analytics.reports.document import figures_of, texts_of
from analytics.reports.gathering.record import exchanges_within
from analytics.reports.rendering import values
from analytics.reports.rendering.published import PublishedExchange, PublishedReport
from analytics.reports.sections import document
from greendc.clock import from_iso
from greendc.model import Principal, SeriesKey
from greendc.units import J_PER_KWH
from tests.analytics.alarms.memory_ledger import MemoryLedger
from tests.analytics.plant import HOUR, SITE
from tests.analytics.reports import masked_site, report_facts

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.reports.facts import Facts
    from greendc.site import Site

BY = Principal(name="wang.wei", role="operator")
WHY = "calibration due"


def ledger_of(times: list[int], key: SeriesKey, site: Site) -> MemoryLedger:
    """Return a ledger with an exchange at each time, recorded ten days later."""
    ledger = MemoryLedger()
    for time_ns in times:
        read = Registers(time_ns, 1_234.5678 * J_PER_KWH, 0.25 * J_PER_KWH)
        record_exchange(ledger, site, key, read, BY, time_ns + 240 * HOUR, WHY)
    return ledger


def facts(masking: Masking = Masking.INTERNAL) -> Facts:
    """Return facts with the exchanges of a ledger that has one before, one at the end and one after the period."""
    whole = report_facts.facts()
    request = replace(whole.request, masking=masking)
    times = [request.start_ns - 1, request.end_ns - HOUR, request.end_ns]
    ledger = ledger_of(times, SeriesKey(SITE, "mech", "", "active_energy_j"), report_facts.site())
    return replace(whole, request=request, exchanges=exchanges_within(ledger, whole.site, request))


def test_the_annex_lists_the_exchanges_of_the_period() -> None:
    """With both registers in kWh, who recorded it when and why; one that was recorded after the period is in it."""
    for lang in ("zh", "en"):
        made = document(facts(), lang)
        found = {one.id: (one.value, one.unit, one.shown) for one in figures_of(made)}
        assert found["exchange.1.old"] == (1_234.5678, "kWh", "1\u202f234.568")
        assert found["exchange.1.new"] == (0.25, "kWh", "0.250")
        assert "exchange.2.old" not in found
        told = list(texts_of(made))
        assert WHY in told
        assert any("wang.wei" in one and "2026-04-10" in one for one in told)
        assert found["changes.meters"][0] == 1.0


def test_the_data_holds_the_exchange() -> None:
    """In stored units, by its schema."""
    content = values.figures_json(facts(), {"en": document(facts(), "en")})
    validator = jsonschema.Draft202012Validator(msgspec.json.decode(values.schema()))
    assert [error.message for error in validator.iter_errors(msgspec.json.decode(content))] == []
    (one,) = msgspec.json.decode(content, type=PublishedReport).exchanges
    assert one == PublishedExchange(
        device="mech",
        part="",
        quantity="active_energy_j",
        unit="J",
        month="2026-03",
        time="2026-03-31T15:00:00.000Z",
        old_final=1_234.5678 * J_PER_KWH,
        new_initial=0.25 * J_PER_KWH,
        reason=WHY,
        by="wang.wei",
        recorded="2026-04-10T15:00:00.000Z",
    )


def test_a_public_report_tells_the_month_of_an_exchange() -> None:
    """Neither day nor registers, in print and in data."""
    known = facts(Masking.PUBLIC)
    made = document(known, "en")
    assert not [one.id for one in figures_of(made) if one.id.startswith("exchange.")]
    assert "2026-04-10" not in "\n".join(texts_of(made))
    content = values.figures_json(known, {"en": made})
    (one,) = msgspec.json.decode(content, type=PublishedReport).exchanges
    assert (one.month, one.time, one.old_final, one.new_initial, one.recorded) == ("2026-03", None, None, None, None)


@pytest.mark.parametrize("masking", [Masking.INTERNAL, Masking.EVALUATOR, Masking.PUBLIC])
def test_an_exchange_hides_its_names(tmp_path: Path, masking: Masking) -> None:
    """Device, part and person are numbers for those who may not know them; a device that is gone is left out."""
    start_ns, end_ns = from_iso("2026-02-27T16:00:00Z"), from_iso("2026-03-01T16:00:00Z")
    known = masked_site.site()
    kept = SeriesKey(masked_site.OWN, "zulu-main", "", "active_energy_j")
    ledger = ledger_of([start_ns + HOUR], kept, known)
    gone = replace(known, devices=[*known.devices, replace(known.devices[0], name="xray-old")])
    record_exchange(
        ledger, gone, replace(kept, device="xray-old"), Registers(start_ns + HOUR, 1.0, 0.0), BY, end_ns, WHY
    )
    request = Request(kind=ReportKind.ACCEPTANCE, start_ns=start_ns, end_ns=end_ns, langs=("en",), masking=masking)
    made = build(request, known, masked_site.history(start_ns, end_ns), ledger, data_dir=tmp_path, formats=("html",))
    found = msgspec.json.decode((made / "figures.json").read_bytes(), type=PublishedReport).exchanges
    plain = masking is Masking.INTERNAL
    assert [one.device for one in found] == (["xray-old", "zulu-main"] if plain else [found[0].device])
    page = (made / "report.en.html").read_text("utf-8")
    assert WHY in page
    for name in ("zulu-main", "wang.wei", "xray-old"):
        assert (name in page) == plain
