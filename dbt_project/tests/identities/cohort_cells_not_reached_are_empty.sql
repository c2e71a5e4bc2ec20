{#- Cells that say something before their month is over, or more are retained than the cohort had. -#}
select
    cohort_month,
    age_months
from {{ ref('fct_cohort_retention') }}
where
    is_reached <> (retained_customers_count is not null)
    or is_reached <> (retained_mrr_amount is not null)
    or retained_customers_count > cohort_customers_count
