"""The tables of predicted lifetime values in schema `scores`. Not here: which rows are written (`lifetime_value.py`)."""

from __future__ import annotations

import duckdb

from orchestration.scoring.warehouse.tables import create_missing

CUSTOMERS = "fct_clv"
SEGMENTS = "fct_clv_segments"
LIFETIME_VALUE_TABLES = (CUSTOMERS, SEGMENTS)

_ASSUMED = """
        currency_code varchar not null,
        gross_margin_ratio double,
        horizon_months integer not null,
        discount_rate double not null,
        valuation_version varchar not null"""

_COLUMNS = {
    CUSTOMERS: f"""
        customer_id varchar not null,
        as_of_date date not null,
        plan varchar not null,
        term_months integer not null,
        mrr_amount decimal(38, 10) not null,
        historic_value_amount decimal(38, 10) not null,
        residual_revenue_amount decimal(38, 2) not null,
        residual_value_amount decimal(38, 2),
        residual_value_lower decimal(38, 2),
        residual_value_upper decimal(38, 2),
        survival_12_months_rate double not null,
        expected_mrr_12_months_amount decimal(38, 10) not null,
        is_spread_by_health boolean not null,
        retention_source varchar not null,
        status varchar not null,{_ASSUMED}
    """,
    SEGMENTS: f"""
        as_of_date date not null,
        plan varchar not null,
        term_kind varchar not null,
        customers_count bigint not null,
        mrr_amount decimal(38, 10) not null,
        residual_revenue_amount decimal(38, 2) not null,
        residual_value_amount decimal(38, 2),
        residual_value_lower decimal(38, 2),
        residual_value_upper decimal(38, 2),
        nrr_12_months_ratio double,
        nrr_12_months_lower double,
        nrr_12_months_upper double,
        horizon_survival_rate double,
        horizon_survival_check_rate double,
        persistent_risk_rate double not null,
        risk_half_life_months double not null,
        is_fading_measured boolean not null,{_ASSUMED}
    """,
}


def create_lifetime_value_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of predicted values that are not there yet."""
    create_missing(connection, _COLUMNS)
