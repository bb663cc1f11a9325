"""Whole simulated sites: plants, devices, and the files a person would write for them."""
