"""A physical model of a facility behind real SNMP agents and Modbus servers.

To try greendc, to test it, and as ground truth.
"""
