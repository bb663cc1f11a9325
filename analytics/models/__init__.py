"""What a site's own plant is expected to do, learned from its history, and what of it is not explained.

`training.train` fits, `store.save` and `store.load` keep, `ModelSet.judge` says what stands now.
"""

from __future__ import annotations

from analytics.models.model_set import ModelSet
from analytics.models.steps import Exclusion
from analytics.models.store import Loaded, load, save
from analytics.models.training import train
from analytics.models.verdict import Contribution, ModelVerdict, NotModelled, Shift

__all__ = [
    "Contribution",
    "Exclusion",
    "Loaded",
    "ModelSet",
    "ModelVerdict",
    "NotModelled",
    "Shift",
    "load",
    "save",
    "train",
]
