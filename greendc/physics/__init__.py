"""Equations of single components: air, fans and pumps, electrical losses, servers, coils and chillers.

Pure functions of plain values or numpy arrays, in SI with degrees Celsius and ratios 0..1. The simulated plant is
built from them, and so is the model that advice is computed with. Each docstring gives the equation and its source.
"""
