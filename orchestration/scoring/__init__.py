"""Scores made of validated marts: pure functions, frame in, frame out.

Here: the transparent health card. Not here: SQL that measures the inputs
(`dbt_project/models/intermediate/health`), weights and ramps (`dbt_project/seeds/health_*.csv`), Dagster.
"""
