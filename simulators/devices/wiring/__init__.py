"""Which signal of a plant each point of a device measures, by part and quantity; one module a family of devices.

A device's place in the plant's arrays is handed in as it stands in a signal's name: ``/0/3`` is feed 0, rack 3.
"""
