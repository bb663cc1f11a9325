"""The edge: the account of its readings, what was delivered and what was lost; nothing that it does not measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.quality import Dimension
from analytics.reports.document import Paragraph, Tone, plain
from analytics.reports.sections import measured
from analytics.reports.sections.writer import words

if TYPE_CHECKING:
    from analytics.reports.account import AccountLine
    from analytics.reports.document import Block, Cell, Section
    from analytics.reports.sections.writer import Writer
    from greendc.site import EdgeNode

TOLD = (Dimension.COMPLETENESS, Dimension.TIMELINESS)
FIELDS = ("sampled", "stored", "spooled", "quarantined", "dropped", "lost")
WIDTHS = (1.4, 1, 1, 1, 1, 1, 1, 1)


def edge(writer: Writer) -> Section:
    """Return the section."""
    return writer.section("edge", [*_nodes(writer), *account_blocks(writer), writer.line("edge.not_measured")])


def account_blocks(writer: Writer) -> list[Block]:
    """Return the account of every node and of all of them."""
    lines = writer.facts.account
    if not lines:
        return [writer.line("edge.no_account", tone=Tone.FAINT)]
    rows = [_row(writer, f"edge.{i}", one, words(one.node)) for i, one in enumerate(lines, start=1)]
    blocks: list[Block] = [
        writer.table(
            "edge_account",
            ("node", *FIELDS, "delivered"),
            rows,
            widths=WIDTHS,
            numbers=tuple(range(1, len(FIELDS) + 2)),
            note=writer.text("edge.note"),
        )
    ]
    sampled, stored, lost = (sum(getattr(one, field) for one in lines) for field in ("sampled", "stored", "lost"))
    spans = writer.say(
        "edge.total",
        sampled=measured.count("edge.sampled", sampled),
        stored=measured.share("edge.delivered", stored / sampled if sampled else None),
        lost=measured.count("edge.lost", lost),
    )
    blocks.append(Paragraph(spans=spans, tone=Tone.WARNING if lost else Tone.PLAIN))
    return [*blocks, *_balance(writer, lines)]


def _row(_writer: Writer, name: str, one: AccountLine, node: Cell) -> tuple[Cell, ...]:
    counts = [plain(measured.count(f"{name}.{field}", getattr(one, field))) for field in FIELDS]
    delivered = measured.share(f"{name}.delivered", one.stored / one.sampled if one.sampled else None)
    return (node, *counts, plain(delivered))


def _balance(writer: Writer, lines: tuple[AccountLine, ...]) -> list[Block]:
    """Return whether every reading is accounted for."""
    open_ = [one.node for one in lines if one.sampled != sum(getattr(one, field) for field in FIELDS[1:])]
    if not open_:
        return [writer.line("edge.closes")]
    return [writer.line("edge.open", tone=Tone.WARNING, nodes=writer.names(open_))]


def _nodes(writer: Writer) -> list[Block]:
    """Return the nodes, and how complete and how timely the readings of their devices were on the days judged."""
    nodes = writer.facts.site.edge_nodes
    if not nodes:
        return [writer.line("edge.none", tone=Tone.FAINT)]
    rows = [_node(writer, f"edge.node.{i}", one) for i, one in enumerate(nodes, start=1)]
    columns = ("node", "devices", *(dimension.value for dimension in TOLD))
    note = writer.text("edge.judged", days=str(len(writer.facts.quality)))
    return [writer.table("edge_nodes", columns, rows, widths=(1.2, 3, 1, 1), numbers=(2, 3), note=note)]


def _node(writer: Writer, name: str, node: EdgeNode) -> tuple[Cell, ...]:
    shares = [plain(measured.share(f"{name}.{one}", _mean(writer, node, one))) for one in TOLD]
    return (words(node.name), words(writer.names(node.devices)), *shares)


def _mean(writer: Writer, node: EdgeNode, dimension: Dimension) -> float | None:
    """Return the mean of a dimension over the node's devices and the days judged, None where nothing is known."""
    place = tuple(Dimension).index(dimension)
    found = [
        value
        for note in writer.facts.quality
        for device in (node.name, *node.devices)
        if (scores := note.devices.get(device)) is not None and (value := scores[place]) is not None
    ]
    return sum(found) / len(found) if found else None
