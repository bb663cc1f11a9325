"""Modbus devices: registers to words, words to numbers, numbers to readings. Reads only."""
