"""SNMP: two engines behind one seam, and the source that reads a profile's points through either."""
