"""Power between the UPS inputs and the servers' outlets, on two feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from greendc.physics import electrical

if TYPE_CHECKING:
    from greendc.physics.kinds import FloatArray
    from simulators.plant.parameters import PlantParameters
    from simulators.plant.signals import SignalBlocks

FEEDS = ("a", "b")
PHASES = ("l1", "l2", "l3")
OUTLETS = 8

# Outlets are spread over the three phases in turn.
_PHASE_OF_OUTLET = np.arange(OUTLETS) % len(PHASES)


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """Powers [W]: ``pdu_w`` by feed and rack, the UPS arrays by feed."""

    pdu_w: np.ndarray
    pdu_loss_w: float
    ups_output_w: np.ndarray
    ups_loss_w: np.ndarray


def distribute(
    p: PlantParameters, outlets_w: FloatArray, voltage_v: FloatArray, imbalance: FloatArray, blocks: SignalBlocks
) -> Power:
    """Carry the outlets' power [W], by feed, rack and outlet, up to the UPS inputs; volts are by feed and phase."""
    pdu_w = outlets_w.sum(axis=2)
    pdu_loss = electrical.conductor_loss(pdu_w, p.pdu_rated_w, fixed_w=p.pdu_fixed_w, full_load_w=p.pdu_full_load_w)
    output_w = (pdu_w + pdu_loss).sum(axis=1)
    loss_w = electrical.ups_loss(output_w, p.ups_rated_w)
    phase_w = np.stack([outlets_w[:, :, i :: len(PHASES)].sum(axis=2) for i in range(len(PHASES))], axis=2)
    volts = voltage_v[:, None, :]
    apparent = volts * p.power_factor
    blocks.set("pdu.power_w", pdu_w)
    blocks.set("pdu.apparent_va", pdu_w / p.power_factor)
    blocks.set("pdu.phase.power_w", phase_w)
    blocks.set("pdu.phase.apparent_va", phase_w / p.power_factor)
    blocks.set("pdu.phase.voltage_v", np.broadcast_to(volts, phase_w.shape))
    blocks.set("pdu.phase.current_a", phase_w / apparent)
    blocks.set("pdu.outlet.power_w", outlets_w)
    blocks.set("pdu.outlet.current_a", outlets_w / apparent[:, :, _PHASE_OF_OUTLET])
    input_w = output_w + loss_w
    blocks.set("ups.input.power_w", input_w[:, None] * imbalance)
    blocks.set("ups.input.voltage_v", voltage_v)
    blocks.set("ups.input.current_a", input_w[:, None] * imbalance / voltage_v / 0.99)
    blocks.set("ups.output.power_w", output_w[:, None] * imbalance)
    blocks.set("ups.output.voltage_v", np.full((len(FEEDS), len(PHASES)), p.voltage_v))
    blocks.set("ups.output.current_a", output_w[:, None] * imbalance / p.voltage_v / p.power_factor)
    blocks.set("ups.load", output_w / p.ups_rated_w)
    blocks.set("ups.phase_load", output_w[:, None] * imbalance * len(PHASES) / p.ups_rated_w)
    return Power(pdu_w=pdu_w, pdu_loss_w=float(pdu_loss.sum()), ups_output_w=output_w, ups_loss_w=loss_w)
