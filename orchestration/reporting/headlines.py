"""Headline metrics of a release, read from its `fct_metrics`, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

import duckdb

Unit = Literal["currency", "percent", "count", "score"]


@dataclass(frozen=True)
class Headline:
    """One metric as the summary shows it.

    Attributes:
        metric: Name in `fct_metrics`.
        label: Name for people.
        grain: Period that is shown.
        unit: How the value is written.
    """

    metric: str
    label: str
    grain: str
    unit: Unit


HEADLINES = (
    Headline("mrr", "MRR", "day", "currency"),
    Headline("net_revenue_retention", "NRR, 12 months", "trailing_12_months", "percent"),
    Headline("gross_revenue_retention", "GRR, 12 months", "trailing_12_months", "percent"),
    Headline("logo_churn", "logo churn", "month", "percent"),
    Headline("paying_customers", "paying customers", "day", "count"),
    Headline("monthly_active_users", "monthly active users", "day", "count"),
    Headline("nps", "NPS, 90 days", "trailing_90_days", "score"),
    Headline("cost_to_carry_ratio", "cost to carry", "month", "percent"),
    Headline("customers_at_a_loss", "carried at a loss", "month", "count"),
)


@dataclass(frozen=True)
class HeadlineValue:
    """A headline's value in one release; None where the release has none."""

    headline: Headline
    value: Decimal | None
    period: date | None


def read_headlines(database: Path) -> list[HeadlineValue]:
    """Read the latest complete value of each headline.

    Args:
        database: DuckDB file of a release.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        return [_read(connection, headline) for headline in HEADLINES]


def _read(connection: duckdb.DuckDBPyConnection, headline: Headline) -> HeadlineValue:
    row = connection.execute(
        "select value, period_start from marts.fct_metrics where metric_name = ? and grain = ?"
        " and segment_name = 'all' and is_complete order by period_start desc limit 1",
        [headline.metric, headline.grain],
    ).fetchone()
    return HeadlineValue(headline, *(row or (None, None)))


def write_value(value: Decimal | None, unit: Unit, currency: str) -> str:
    """A value as people read it: $1,840,759 · 98.2% · 212."""
    if value is None:
        return "no data"
    if unit == "currency":
        return _money(value, currency)
    if unit == "percent":
        return f"{value * 100:.1f}%"
    if unit == "score":
        return f"{value:.0f}"
    return f"{value:,.0f}"


def write_change(now: HeadlineValue, before: HeadlineValue | None, currency: str) -> str:
    """The difference from an earlier value, or nothing where there is none to compare with."""
    if before is None or now.value is None or before.value is None:
        return ""
    difference = now.value - before.value
    unit = now.headline.unit
    if unit == "percent":
        points = f"{difference * 100:+.1f}"
        return "" if float(points) == 0 else f"({points} pt)"
    if round(difference) == 0:
        return ""
    sign = "+" if difference > 0 else "-"
    if unit in ("count", "score"):
        return f"({sign}{abs(difference):,.0f})"
    share = f", {difference / before.value * 100:+.2f}%" if before.value else ""
    return f"({sign}{_money(abs(difference), currency)}{share})"


def _money(value: Decimal, currency: str) -> str:
    sign = "-" if value < 0 else ""
    symbol = {"USD": "$", "EUR": "€", "GBP": "£"}.get(currency, f"{currency} ")
    return f"{sign}{symbol}{abs(value):,.0f}"
