"""Trains all models of a site on its own history; joblib spreads the fits over processes or over a Dask cluster."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import joblib

from analytics.models.family import model_data
from analytics.models.forms import one_thread
from analytics.models.model_set import ModelSet
from analytics.models.planning import plans
from analytics.models.residual import ResidualModel, fit
from analytics.models.steps import Exclusion, design, reach_back_ns, read_steps
from analytics.models.verdict import NotModelled
from greendc.units import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from analytics.models.plan import Plan
    from analytics.models.steps import Design
    from greendc.contracts import History
    from greendc.site import Site

log = logging.getLogger("greendc.models")

DAY_NS = 86_400 * NS_PER_SECOND
DAYS = 28
STEP_S = 300.0
LOCAL, DASK = "loky", "dask"
AT_ONCE = 4
"""Fits that one process takes at a time: enough to pay for their way there."""


def train(
    history: History,
    site: Site,
    now_ns: int,
    *,
    days: int = DAYS,
    step_s: float = STEP_S,
    exclude: Sequence[Exclusion] = (),
    backend: str = LOCAL,
    jobs: int = 1,
) -> ModelSet:
    """Fit every model that the site's points allow to the ``days`` before ``now_ns``.

    ``exclude`` are the stretches that are not learned from: alarms, maintenance, data that did not pass the gate.
    ``backend`` is a joblib backend; ``dask`` needs a `distributed.Client` to be connected. ``jobs`` counts processes.

    Raises:
        StoreAway: the store does not answer.
        StoreRefused: the store will not serve us.
    """
    judgement = model_data().judgement
    wanted, lacking = plans(site, history.series(site.name), now_ns)
    keys = {key for plan in wanted for key in plan.inputs()}
    window = (now_ns - days * DAY_NS - reach_back_ns(wanted), now_ns)
    steps = read_steps(history, keys, window, round(step_s * NS_PER_SECOND), judgement.least_known, exclude)
    zone = site.zone()
    tasks = [(plan, design(steps, plan, zone)) for plan in wanted]
    fits = (joblib.delayed(_fit)(plan, seen, steps.time_ns, step_s) for plan, seen in tasks)
    if backend == LOCAL and jobs == 1:
        made = [_fit(plan, seen, steps.time_ns, step_s) for plan, seen in tasks]
    else:
        with joblib.parallel_config(backend=backend, n_jobs=jobs):
            made = joblib.Parallel(batch_size=AT_ONCE)(fits)
    models = [model for model in made if model is not None]
    lacking += [
        NotModelled(rule=plan.family, node=plan.node, reason="few_data")
        for plan, model in zip(wanted, made, strict=True)
        if model is None
    ]
    log.info("trained %d models on %d days, %d not evaluated", len(models), days, len(lacking))
    return ModelSet(site, models, tuple(lacking), trained_ns=now_ns)


def _fit(plan: Plan, seen: Design, time_ns: np.ndarray, step_s: float) -> ResidualModel | None:
    found = model_data()
    with one_thread():
        return fit(plan, found.families[plan.family], found.judgement, seen, time_ns, step_s)
