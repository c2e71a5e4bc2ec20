"""Scores made of validated marts.

* `card`: the transparent health card, explained point by point;
* `churn`: calibrated probabilities that a customer leaves, with intervals, reasons and a publish gate;
* `lifetime_value`: what customers are still worth;
* `warehouse`: reads their inputs from the warehouse and appends their tables to schema `scores`.

The first three are pure functions, frame in, frame out. Not here: SQL that measures the inputs
(`dbt_project/models/intermediate/health`), weights and ramps (`dbt_project/seeds/health_*.csv`), Dagster.
"""
