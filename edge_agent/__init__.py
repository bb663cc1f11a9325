"""The process at an edge site: collect, keep while offline, publish over MQTT."""
