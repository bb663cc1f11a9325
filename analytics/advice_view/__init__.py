"""What pages, commands and reports show of advice: open pieces in their order, what became of others, and silence."""

from __future__ import annotations

from analytics.advice_view.standing import AdviceStanding, Line, Silence, open_advice, standing_of

__all__ = ["AdviceStanding", "Line", "Silence", "open_advice", "standing_of"]
