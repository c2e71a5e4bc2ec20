"""Lays rows of customers and weekly snapshots out as a matrix, and takes them back out of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DAYS = 7


@dataclass(frozen=True)
class WeekGrid:
    """Customers × consecutive weeks, from the first snapshot to the last.

    Attributes:
        customers: distinct customers, one per line of the matrix.
        first_date: date of the matrix's first column.
        lines: line of each row.
        columns: column of each row.
        width: number of weeks.
    """

    customers: pd.Index
    first_date: pd.Timestamp
    lines: NDArray[np.intp]
    columns: NDArray[np.intp]
    width: int

    @classmethod
    def of(cls, customer_ids: pd.Series, dates: pd.Series) -> WeekGrid:
        """The grid that holds all rows.

        Raises:
            ValueError: the snapshots are not whole weeks apart.
        """
        lines, customers = pd.factorize(customer_ids)
        instants = pd.to_datetime(dates)
        first = instants.min() if len(instants) else pd.Timestamp(0)
        days = (instants - first).dt.days.to_numpy(dtype=np.intp)
        if (days % DAYS).any():
            stray = instants[days % DAYS != 0].iloc[0]
            raise ValueError(
                f"Snapshots must be whole weeks apart: {stray:%Y-%m-%d} is not, counted from {first:%Y-%m-%d}."
            )
        columns: NDArray[np.intp] = np.asarray(days // DAYS, dtype=np.intp)
        width = int(columns.max()) + 1 if len(columns) else 0
        return cls(pd.Index(customers), first, np.asarray(lines, dtype=np.intp), columns, width)

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """A value per row as customers × weeks; NaN where there is no row."""
        matrix = np.full((len(self.customers), self.width), np.nan)
        matrix[self.lines, self.columns] = values
        return matrix

    def gather(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Customers × weeks as a value per row."""
        return matrix[self.lines, self.columns]

    def locate(
        self, customer_ids: pd.Series, dates: pd.Series
    ) -> tuple[NDArray[np.bool_], NDArray[np.intp], NDArray[np.intp]]:
        """Which of other rows lie in the grid, and the lines and columns of those."""
        days = (pd.to_datetime(dates) - self.first_date).dt.days.to_numpy(dtype=np.intp)
        lines = self.customers.get_indexer(pd.Index(customer_ids))
        columns = days // DAYS
        inside = (lines >= 0) & (days % DAYS == 0) & (columns >= 0) & (columns < self.width)
        return inside, lines[inside], columns[inside]
