"""What a site declares about itself because nothing measures it: its design, its servers, its climate's five points."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec

ALWAYS = dt.date(1970, 1, 1)
FOREVER = dt.date(9999, 12, 31)
Positive = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Design(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``[design]`` table: the PUE that the design predicts, and for which IT load and climate it does."""

    pue: Annotated[float, msgspec.Meta(gt=1)]
    load_ratio: Share
    climate: str


class ServerModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Servers of one model: how many, the peak result of one in ``benchmark``, and its greatest power [kW]."""

    model: str
    benchmark: str
    count: Annotated[int, msgspec.Meta(gt=0)]
    peak_performance: Positive
    peak_kw: Positive
    valid_from: dt.date = ALWAYS
    valid_to: dt.date = FOREVER


class CharacteristicPoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the five outdoor temperatures of GB 40879: its share of the year, and what counts as that temperature.

    Measurements within ``tolerance_k`` of ``outdoor_c`` stand for the point.
    """

    outdoor_c: float
    year_share: Share
    tolerance_k: Positive = 1.0
