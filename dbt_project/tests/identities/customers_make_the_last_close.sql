{#- The last day measured, when customers as they stand do not add up to its close. -#}
with closes as (
    select
        ending_mrr_amount,
        ending_customers_count,
        row_number() over (order by period_start desc) as days_ago
    from {{ ref('fct_mrr_roll_forward') }}
    where grain = 'day' and segment_name = 'all'
),

standing as (
    select
        coalesce(sum(mrr_amount), 0) as mrr_amount,
        coalesce(sum(case when is_paying then 1 else 0 end), 0) as paying_count
    from {{ ref('dim_customers') }}
)

select
    standing.mrr_amount as standing_mrr_amount,
    closes.ending_mrr_amount,
    standing.paying_count as standing_customers_count,
    closes.ending_customers_count
from standing
inner join closes
    on closes.days_ago = 1
where
    standing.mrr_amount <> closes.ending_mrr_amount
    or standing.paying_count <> closes.ending_customers_count
