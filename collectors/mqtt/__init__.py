"""MQTT as a transport only: nothing here is durable, and nothing leaves a spool because a broker took it."""
