"""Simulated devices: a profile's points, each tied to a signal of a plant through a sensor with its errors."""
