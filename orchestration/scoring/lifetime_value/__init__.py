"""What customers are still worth: survival, expansion and the value that follows, frame in, frame out.

Here: retention curves (`kaplan_meier.py`, `shifted_beta_geometric.py`, `beta_discrete_weibull.py`), what a
segment keeps of its MRR (`retention_counts.py`, `segment_rates.py`), the months ahead (`forecast.py`), whether their
end can be trusted (`projection.py`), how long risk lasts (`fading.py`), what of it is each customer's
(`allocation.py`) and how sure it is (`value.py`). Not here: SQL that measures the months
(`dbt_project/models/intermediate/customer_value`), the value to date
(`dbt_project/models/marts/customer_value`), the probability of leaving (`orchestration/scoring/churn`).
"""
