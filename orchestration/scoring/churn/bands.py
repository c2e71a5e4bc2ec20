"""Bands of a snapshot by rank, the published bands of the card, and where the two disagree."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.scoring.churn.metrics import shares_from_top
from orchestration.scoring.churn.settings import ChurnSettings
from orchestration.scoring.churn.snapshots import Bools, Floats, Snapshots

NO_BAND, RED, YELLOW, GREEN = range(4)
BANDS: tuple[str | None, ...] = (None, "red", "yellow", "green")


def bands_of(
    risk: Floats, dates: NDArray[np.datetime64], settings: ChurnSettings
) -> NDArray[np.int8]:
    """The top share of each date's risks is red, the next yellow; equal risks share a band.

    Args:
        risk: higher is worse; NaN has no band and doesn't count.
        dates: of each row.
        settings: shares of red and yellow.
    """
    bands = np.zeros(len(risk), dtype=np.int8)
    known = ~np.isnan(risk)
    share = shares_from_top(risk[known], dates[known])
    yellow = round(settings.red_share + settings.yellow_share, 9)
    bands[known] = np.select([share <= settings.red_share, share <= yellow], [RED, YELLOW], GREEN)
    return bands


def published_bands(published: pd.DataFrame | None, snapshots: Snapshots) -> NDArray[np.int8]:
    """Band of each snapshot's published health score; none where no score was published that day.

    Args:
        published: `customer_id`, `as_of_date` and `health_band` of published scores, once each.
        snapshots: the rows to find them for.
    """
    if published is None or published.empty:
        return np.zeros(len(snapshots), dtype=np.int8)
    days = pd.to_datetime(published["as_of_date"]).to_numpy(dtype="datetime64[D]")
    known = pd.MultiIndex.from_arrays([published["customer_id"], days])
    found = known.get_indexer(
        pd.MultiIndex.from_arrays([snapshots.frame["customer_id"], snapshots.dates])
    )
    words = published["health_band"].to_numpy(dtype=object)[found]
    bands = np.select([words == BANDS[band] for band in (RED, YELLOW, GREEN)], [RED, YELLOW, GREEN])
    return np.where(found >= 0, bands, NO_BAND).astype(np.int8)


def conflicts(model: NDArray[np.int8], card: NDArray[np.int8]) -> Bools:
    """One says red where the other says green."""
    differs: Bools = ((model == RED) & (card == GREEN)) | ((model == GREEN) & (card == RED))
    return differs
