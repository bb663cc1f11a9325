"""Power between the UPS inputs and the servers' outlets, on one or two feeds, over a row of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulators.plant.meter import IMBALANCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from greendc.physics.kinds import FloatArray
    from simulators.plant.parameters import Electrical

FEEDS = ("a", "b")
PHASES = ("l1", "l2", "l3")
OUTLETS = 8
UPS_INPUT_FACTOR = 0.99


def publish_pdus(
    put: Callable[[str, FloatArray], None], p: Electrical, outlets_w: FloatArray, extra_w: FloatArray, volts: FloatArray
) -> FloatArray:
    """Publish the rack PDUs, and return their power [W] by step, feed and rack.

    ``outlets_w`` is by step, feed, rack and outlet, ``extra_w`` by feed, rack and phase beside the outlets. Outlets are
    spread over the three phases in turn.
    """
    count = outlets_w.shape[3]
    phase_w = np.stack([outlets_w[..., i :: len(PHASES)].sum(axis=-1) for i in range(len(PHASES))], axis=-1)
    phase_w += extra_w
    pdu_w: FloatArray = phase_w.sum(axis=-1)
    by_phase = volts[:, None, :]
    put("pdu.power_w", pdu_w)
    put("pdu.apparent_va", pdu_w / p.power_factor)
    put("pdu.phase.power_w", phase_w)
    put("pdu.phase.apparent_va", phase_w / p.power_factor)
    put("pdu.phase.voltage_v", np.broadcast_to(by_phase, phase_w.shape))
    put("pdu.phase.current_a", phase_w / (by_phase * p.power_factor))
    put("pdu.outlet.power_w", outlets_w)
    put("pdu.outlet.current_a", outlets_w / (by_phase * p.power_factor)[:, :, np.arange(count) % len(PHASES)])
    return pdu_w


def publish_ups(
    put: Callable[[str, FloatArray], None], p: Electrical, input_w: FloatArray, output_w: FloatArray, volts: FloatArray
) -> None:
    """Publish the UPSs' phases and loads; powers [W] are by step and feed."""
    shares = np.array(IMBALANCE)
    enters, leaves = input_w[:, :, None] * shares, output_w[:, :, None] * shares
    fed = (input_w > 0)[:, :, None]
    put("ups.input.power_w", enters)
    put("ups.input.voltage_v", np.where(fed, volts, 0.0))
    put("ups.input.current_a", enters / volts / UPS_INPUT_FACTOR)
    put("ups.output.power_w", leaves)
    put("ups.output.voltage_v", np.broadcast_to(p.voltage_v, leaves.shape))
    put("ups.output.current_a", leaves / p.voltage_v / p.power_factor)
    put("ups.load", output_w / p.ups_w)
    put("ups.phase_load", leaves * len(PHASES) / p.ups_w)
