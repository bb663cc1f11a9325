"""Training spread over a Dask cluster makes the same models as training here."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.models.training import DASK, train
from tests.analytics.models.made_plant import DAY, chiller, site
from tests.analytics.models.step_history import STEP_NS, StepHistory
from tests.analytics.plant import START

DAYS = 3
NOW = START + DAYS * DAY * STEP_NS
ROW = np.array([[40_000.0, 40_000.0**2, 24.0, 12.0]])


@pytest.mark.timeout(300)
def test_a_local_cluster_trains_the_same_models() -> None:
    """Joblib's Dask backend on a local cluster gives the same expectations and limits, bit by bit."""
    distributed = pytest.importorskip("distributed", reason="pip install greendc[scale]")
    history = StepHistory()
    chiller(history, DAYS)
    here = train(history, site(), NOW, days=DAYS)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        there = train(history, site(), NOW, days=DAYS, backend=DASK, jobs=-1)
        tasks = sum(len(events) for events in client.get_events().values())
    (one,), (other,) = here.models, there.models
    assert one.card == other.card
    assert one.expected(ROW)[0] == other.expected(ROW)[0]
    assert tasks > 0
