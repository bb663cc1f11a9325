"""Runs of a simulated site: the present over its protocols, the past into a store, and the truth into a file."""
