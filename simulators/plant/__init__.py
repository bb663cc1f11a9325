"""The physics of simulated facilities: what really flows, before any sensor. Nothing here knows of devices."""
