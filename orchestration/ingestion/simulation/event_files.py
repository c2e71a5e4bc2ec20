"""Writes usage events: the history as a Parquet file a month, then a file a day.

An event is delivered when it was received, so late ones come in later files than others of their
day. The history goes to disk as it is made; only the last days are held in memory.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.ingestion.simulation.config import Progress
from orchestration.ingestion.simulation.deliveries import delivery_of
from orchestration.ingestion.simulation.exports import EXPORTS
from orchestration.ingestion.simulation.quirks import REPEATED_WHOLE, distort_events
from orchestration.ingestion.simulation.reshaping import reshape
from orchestration.ingestion.simulation.streams import Streams
from orchestration.ingestion.simulation.timeline import Timeline
from orchestration.ingestion.simulation.usage import Usage
from orchestration.ingestion.simulation.writer import EventFile, day_name, repeat_file

KEY = [("received_at", "ascending"), ("event_id", "ascending")]


def write_events(
    usage: Usage, timeline: Timeline, streams: Streams, folder: Path, tell: Progress
) -> int:
    """Write all events; returns how many rows."""
    export, rows = EXPORTS["usage_events"], 0
    daily: dict[int, list[Any]] = {}
    history_day = day_name(timeline.deliveries[0])
    month, file = "", None
    for week, events in usage.weeks():
        this_month = datetime.fromtimestamp(timeline.week_start(week), UTC).strftime("%Y-%m")
        if this_month != month:
            if file is not None:
                file.close()
                tell(f"usage_events: {month}, {rows} rows so far")
            month = this_month
            file = EventFile(folder / f"{history_day}.events-{month}.parquet")
        received = np.asarray(events["received_at"].cast(pa.int64()))
        number = delivery_of(received, timeline.deliveries)
        if file is not None:
            history = reshape(events.filter(pa.array(number == 0)), export)
            file.write(history)
            rows += history.num_rows
        for delivery in np.unique(number[number > 0]):
            late = events.filter(pa.array(number == delivery))
            daily.setdefault(int(delivery), []).append(late)
    if file is not None:
        file.close()
    before: Any = None
    for delivery, parts in sorted(daily.items()):
        events = pa.concat_tables(parts).sort_by(KEY)
        table = distort_events(delivery, events, before, streams)
        path = folder / f"{day_name(timeline.deliveries[delivery])}.parquet"
        with EventFile(path) as day_file:
            day_file.write(reshape(table, export))
        if REPEATED_WHOLE["usage_events"] == delivery:
            repeat_file(path, timeline.deliveries[delivery + 1])
        rows, before = rows + table.num_rows, events
    return rows
