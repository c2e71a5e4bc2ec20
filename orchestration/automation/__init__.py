"""Automation: jobs, the nightly schedule, freshness, and what happens when a run fails."""
