"""Anomalies of single series and of groups: causal detectors with their state in arrays."""
