"""Ports that are given out can really be had, and stay out of the way of outgoing connections."""

from __future__ import annotations

import socket

from greendc.ports import BOTH, LOOPBACK, QUIET, TCP, free_port, is_free


def test_a_free_port_can_be_bound() -> None:
    """The port that is given out lies in the quiet range and can be bound for TCP and UDP."""
    port = free_port(BOTH)
    assert port in QUIET
    for kind in BOTH:
        with socket.socket(socket.AF_INET, kind) as server:
            server.bind((LOOPBACK, port))


def test_a_taken_port_is_not_free() -> None:
    """A port is free only if every kind of socket can have it."""
    port = free_port(BOTH)
    assert port is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((LOOPBACK, port))
        assert is_free(port, TCP)
        assert not is_free(port, BOTH)
