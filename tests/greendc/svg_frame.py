"""What of an SVG drawing lies outside of its frame; texts are taken by about their width."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from greendc import plots

SVG = "{http://www.w3.org/2000/svg}"
NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")


def parsed(svg: str) -> ET.Element:
    """Return the drawing's root; fails when it is not well-formed."""
    return ET.fromstring(svg)  # noqa: S314 (our own text)


def outside(svg: str) -> list[str]:
    """Return what lies outside of a drawing, texts by about their width."""
    root = parsed(svg)
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    found = []
    for item in root.iter():
        xs, ys = _extent(item)
        if any(not -0.5 <= x <= width + 0.5 for x in xs) or any(not -0.5 <= y <= height + 0.5 for y in ys):
            found.append(f"{item.tag} {item.attrib} {item.text}")
    return found


def _extent(item: ET.Element) -> tuple[list[float], list[float]]:
    def number(name: str) -> float:
        return float(item.get(name, "0"))

    match item.tag.removeprefix(SVG):
        case "rect":
            return [number("x"), number("x") + number("width")], [number("y"), number("y") + number("height")]
        case "line":
            return [number("x1"), number("x2")], [number("y1"), number("y2")]
        case "circle":
            return [number("cx")], [number("cy")]
        case "text":
            length = plots.text_px(item.text or "")
            left = number("x") - {"start": 0.0, "middle": length / 2, "end": length}[item.get("text-anchor", "start")]
            return [left, left + length], [number("y") - 10, number("y")]
        case "path" if "V" not in item.get("d", ""):
            numbers = [float(one) for one in NUMBERS.findall(item.get("d", ""))]
            return numbers[::2], numbers[1::2]
    return [], []
