"""The tables of the probabilities in schema `scores`. Not here: which rows are written (`churn.py`)."""

from __future__ import annotations

import duckdb

from orchestration.scoring.churn.evaluation import FIGURES
from orchestration.scoring.churn.reasons import REASONS
from orchestration.scoring.warehouse.tables import create_missing

PROBABILITY = "fct_churn_probability"
MODEL = "fct_churn_model"
COEFFICIENTS = "fct_churn_coefficients"
TREE_NODES = "fct_churn_tree_nodes"
CALIBRATION = "fct_churn_calibration"
# Facts of their day; the calibration is derived from them again in every run.
APPENDED = (PROBABILITY, MODEL, COEFFICIENTS, TREE_NODES)
CHURN_TABLES = (*APPENDED, CALIBRATION)

_REASONS = "".join(
    f"""
        reason_{rank}_driver varchar,
        reason_{rank}_metric varchar,
        reason_{rank}_value double,
        reason_{rank}_change double,
        reason_{rank}_contribution decimal(12, 6),
        reason_{rank}_points_lost double,"""
    for rank in range(1, REASONS + 1)
)
_FIGURES = "".join(
    f"""
        {name} double,
        {name}_lower double,
        {name}_upper double,"""
    for name in FIGURES
)
_MODEL_KEY = """
        as_of_date date not null,
        horizon_days integer not null,"""

_COLUMNS = {
    PROBABILITY: f"""
        customer_id varchar not null,{_MODEL_KEY}
        as_of_month date not null,
        churn_probability double,
        probability_lower double,
        probability_upper double,
        churn_band varchar,
        status varchar not null,
        withheld_reason varchar,
        can_leave boolean not null,
        coverage_rate double not null,
        conflict_flag boolean not null,
        reason_source varchar not null,
        base_logit decimal(12, 6),
        contract_contribution decimal(12, 6),
        relative_log_odds decimal(12, 6),{_REASONS}
        other_contribution decimal(12, 6),
        churn_logit decimal(12, 6),
        rung varchar not null,
        model_version varchar not null,
        card_version varchar not null,
        is_backfilled boolean not null
    """,
    MODEL: f"""{_MODEL_KEY}
        model_version varchar not null,
        card_version varchar not null,
        rung varchar not null,
        is_published boolean not null,
        withheld_reason varchar,
        seed bigint not null,
        training_from date,
        training_to date,
        training_snapshots bigint not null,
        training_customers bigint not null,
        training_churners bigint not null,
        test_rung varchar,
        test_from date,
        test_to date,
        test_snapshots bigint,
        test_churners bigint,
        training_auc double,
        contract_auc double,
        card_and_gate_auc double,
        challenger_gain double,
        challenger_gain_error double,{_FIGURES}
        past_observed_to_expected_ratio double,
        is_drifting boolean,
        library_version varchar not null,
        is_backfilled boolean not null
    """,
    COEFFICIENTS: f"""{_MODEL_KEY}
        model_version varchar not null,
        position integer not null,
        term varchar not null,
        driver varchar not null,
        input_column varchar not null,
        transform varchar not null,
        level varchar,
        knot_before double,
        knot double,
        knot_after double,
        centre double not null,
        scale double not null,
        prior_deviation double,
        coefficient double not null,
        standard_error double not null,
        covariances double[] not null
    """,
    TREE_NODES: f"""{_MODEL_KEY}
        model_version varchar not null,
        tree integer not null,
        node integer not null,
        term varchar,
        threshold double,
        left_node integer,
        right_node integer,
        expected_logit double not null
    """,
    CALIBRATION: f"""{_MODEL_KEY}
        customer_count bigint not null,
        expected_churner_count double not null,
        observed_churner_count bigint not null,
        observed_to_expected_ratio double,
        plausible_lower double,
        plausible_upper double,
        trailing_ratio double,
        trailing_plausible_lower double,
        trailing_plausible_upper double,
        is_drifting boolean not null
    """,
}


def create_churn_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of the probabilities that are not there yet."""
    create_missing(connection, _COLUMNS)
