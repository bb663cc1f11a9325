"""The standards' equations as pure functions of plain values: each with its unit, its equation and its source.

Energies of one call are in one unit of the caller's choice (kWh, MWh, J) unless a name says otherwise. Nothing here
knows of meters, periods or coverage: that is what `analytics.kpis` adds.
"""
