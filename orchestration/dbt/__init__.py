"""dbt as a subprocess: arguments, environment, manifest and results. Knows nothing of Dagster.

dbt runs outside this process because its in-process runner keeps DuckDB's lock after it returns.
Models, tests and policy defaults live in `dbt_project/`.
"""
