{#- Rows in which GRR is below 0, above 1 or above NRR, or more customers are lost than were there. -#}
select
    grain,
    period_start,
    segment_name,
    segment_value,
    gross_revenue_retention_rate,
    net_revenue_retention_ratio
from {{ ref('fct_retention') }}
where
    gross_retained_mrr_amount < 0
    or gross_retained_mrr_amount > starting_mrr_amount
    or gross_retained_mrr_amount > retained_mrr_amount
    or lost_customers_count > starting_customers_count
    or (starting_mrr_amount = 0) <> (net_revenue_retention_ratio is null)
