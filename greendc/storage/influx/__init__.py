"""The store in an InfluxDB 1.x, 2.x or 3: see `greendc.storage.influx.store`."""
