"""Read devices and feeds (SNMP, Modbus, MQTT, this host) and turn them into readings; the poller; ingest."""
