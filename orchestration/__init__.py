"""Orchestration: brings raw data in, runs dbt, the gates and the scores, and publishes releases."""
