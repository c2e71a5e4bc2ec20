"""Staging gate: did every landed key come through the staging views, once and without overlap?

Keys are compared, not rows: staging keeps versions. Large objects are judged by a sample of whole
keys, so that the cost does not grow with the landing; of events, a night judges every key that no
published run has judged, and no other (`first_read.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from data_quality.contracts import Contract
from data_quality.landed_rows import all_rows
from data_quality.quoting import identifier, literal
from data_quality.suites.first_read import first_read
from data_quality.suites.vocabulary import Observation, between, no_row, observe
from data_quality.workspace import Workspace

SAMPLED_ROWS = 200_000
LARGEST_RATE_STEP = 2


@dataclass(frozen=True)
class _Staged:
    """A staging model and the SQL fragments that its checks share."""

    contract: Contract
    model: str
    keys: str
    sample: str
    is_versioned: bool
    landed: str
    staged: str


def staging_suite(workspace: Workspace) -> list[Observation]:
    """Return what the staging gate looks at: every object has a staging model."""
    versioned = _versioned_models(workspace)
    staged = [_staged(workspace, contract, versioned) for contract in workspace.contracts.values()]
    survived = workspace.inputs.thresholds.survived_rate
    return [
        Observation(
            table="staging",
            queries={one.model: _survival(one) for one in staged},
            keys=("model", "landed_keys", "lost_keys", "example"),
            checks=(
                between(
                    f"at least {survived:.0%} of the landed keys are in staging",
                    "survived_rate",
                    least=survived,
                    advice="Look at the model's filters and at the example key in the landing.",
                ),
                no_row(
                    "every landed key is in staging",
                    where="lost_keys > 0",
                    severity="warning",
                    advice="Look at the model's filters and at the example key in the landing.",
                ),
            ),
        ),
        Observation(
            table="staging",
            queries={one.model: _repeated_keys(one) for one in staged},
            checks=(
                no_row(
                    "keys are unique (per version, where there are versions)",
                    where="true",
                    advice="Rebuild staging; if it recurs, the contract's key is not the key.",
                ),
            ),
        ),
        Observation(
            table="staging",
            queries={one.model: _overlaps(one) for one in staged if one.is_versioned},
            checks=(
                no_row(
                    "versions of a key follow one another without overlap",
                    where="true",
                    advice="Look at the landed rows of this key, ordered by their instants.",
                ),
            ),
        ),
        _exchange_rates(),
    ]


def model_name(contract: Contract) -> str:
    """Name of an object's staging model."""
    rest = contract.name.removeprefix(f"{contract.domain}_")
    return f"stg_{contract.domain}__{rest}"


def _versioned_models(workspace: Workspace) -> set[str]:
    rows = workspace.connection.execute(
        "select table_name from duckdb_columns() where schema_name = 'staging'"
        " and column_name = 'valid_from_at'"
    ).fetchall()
    return {str(name) for (name,) in rows}


def _staged(workspace: Workspace, contract: Contract, versioned: set[str]) -> _Staged:
    keys = ", ".join(["source_id", *(identifier(name) for name in contract.key)])
    one_in = 1 + workspace.landed_rows.get(contract.name, 0) // SAMPLED_ROWS
    leading = identifier(contract.key[0])
    # Compared, not divided: DuckDB takes a comparison below the view's window, `%` it leaves above. Of
    # 20 million events that is 3 CPU seconds instead of all of them sorted, for each query.
    sample = "true" if one_in == 1 else f"hash({leading}) < {2**64 // one_in}::ubigint"
    model = model_name(contract)
    is_large = workspace.landed_rows.get(contract.name, 0) > SAMPLED_ROWS
    first = first_read(workspace, contract, model) if is_large else None
    if first is not None:
        return _Staged(contract, model, keys, "true", False, first.landed, first.staged)
    landed = all_rows(workspace.inputs.landing_dir, contract.name)
    return _Staged(contract, model, keys, sample, model in versioned, landed, f"staging.{model}")


def _survival(staged: _Staged) -> str:
    contract = staged.contract
    expected = (
        _expected_events(staged) if contract.load_mode == "append" else _expected_versions(staged)
    )
    text = f"concat_ws(' / ', {staged.keys})"
    return f"""
    with landed as (
        select *, _source_id as source_id from {staged.landed}, run
        where _loaded_at <= run.known_at and {staged.sample}
    ),
    expected as ({expected}),
    staged as (
        select distinct {staged.keys} from {staged.staged} where {staged.sample}
    ),
    lost as (
        select count(*) as lost_keys, min({text}) as example
        from expected anti join staged using ({staged.keys})
    )
    select {literal(staged.model)} as model, landed_keys, lost_keys, example,
        1 - lost_keys / nullif(landed_keys, 0) as survived_rate
    from lost, (select count(*) as landed_keys from expected)
    """


def _expected_events(staged: _Staged) -> str:
    """Events that happened by as_of, those left out that a later full export no longer has."""
    instant = staged.contract.event_time
    happened = f"where {identifier(instant)} < as_of" if instant else ""
    return (
        f"select {staged.keys} from landed {happened} group by {staged.keys}"
        " having max_by(_operation, (_loaded_at, _load_id)) = 'upsert'"
    )


def _expected_versions(staged: _Staged) -> str:
    """Keys whose last version that is in force as of the run is not a deletion."""
    column = staged.contract.effective_at
    effective = identifier(column) if column else "null::timestamp"
    return f"""
        select {staged.keys} from (
            select *, min(effective) over (partition by {staged.keys}) as first_effective
            from (
                select *, case when _operation = 'delete' then _loaded_at
                    else coalesce({effective}, _loaded_at) end as effective
                from landed
            )
        )
        where effective < as_of or ({effective} is null and effective = first_effective)
        group by {staged.keys}
        having max_by(_operation, (effective, _loaded_at, _load_id)) = 'upsert'
    """


def _repeated_keys(staged: _Staged) -> str:
    keys = f"{staged.keys}, valid_from_at" if staged.is_versioned else staged.keys
    if staged.contract.is_by_day:
        keys = f"{staged.keys}, {identifier(str(staged.contract.event_time))}"
    return f"""
    select {literal(staged.model)} as model, concat_ws(' / ', {keys}) as key, count(*) as row_count
    from {staged.staged} where {staged.sample}
    group by {keys} having count(*) > 1
    """


def _overlaps(staged: _Staged) -> str:
    return f"""
    select {literal(staged.model)} as model, concat_ws(' / ', {staged.keys}) as key,
        valid_from_at, valid_to_at, next_from_at
    from (
        select *, lead(valid_from_at) over (
            partition by {staged.keys} order by valid_from_at) as next_from_at
        from staging.{staged.model} where {staged.sample}
    )
    where valid_to_at <= valid_from_at or valid_to_at > next_from_at
        or (valid_to_at is null and next_from_at is not null)
    """


def _exchange_rates() -> Observation:
    return observe(
        "staging.stg_billing__exchange_rates",
        """
        select from_currency_code, to_currency_code, valid_from_date, exchange_rate,
            lag(exchange_rate) over (
                partition by source_id, from_currency_code, to_currency_code
                order by valid_from_date
            ) as earlier_rate
        from staging.stg_billing__exchange_rates
        """,
        no_row(
            "exchange rates are above zero",
            where="exchange_rate is null or exchange_rate <= 0",
            advice="Correct the rate in the source and load it again; no rate is made up.",
        ),
        no_row(
            f"exchange rates do not change by a factor of {LARGEST_RATE_STEP} from one to the next",
            where=(
                f"exchange_rate > earlier_rate * {LARGEST_RATE_STEP}"
                f" or exchange_rate * {LARGEST_RATE_STEP} < earlier_rate"
            ),
            severity="warning",
            advice="Check the rate for a misplaced decimal point or a swapped pair.",
        ),
    )
