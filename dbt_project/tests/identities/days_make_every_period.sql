{#-
  Periods of any grain that do not open like their first day or close like their last one: so three
  months make their quarter. A period that is still running closes like the last day measured.
-#}
with forward as (
    select *
    from {{ ref('fct_mrr_roll_forward') }}
    where segment_name = 'all'
),

days as (
    select
        *,
        max(period_start) over () as last_day,
        min(period_start) over () as first_day
    from forward
    where grain = 'day'
)

select
    periods.grain,
    periods.period_start,
    periods.starting_mrr_amount,
    opening.starting_mrr_amount as mrr_of_first_day,
    periods.ending_mrr_amount,
    closing.ending_mrr_amount as mrr_of_last_day
from forward as periods
{# The first week or year may begin before the company's first day, with nothing. #}
left join days as opening
    on periods.period_start = opening.period_start
left join days as closing
    on
        periods.period_end = closing.period_end
        or (periods.period_end > closing.period_end and closing.period_start = closing.last_day)
where
    periods.starting_mrr_amount <> coalesce(opening.starting_mrr_amount, 0)
    or periods.starting_customers_count <> coalesce(opening.starting_customers_count, 0)
    or closing.period_start is null
    or periods.ending_mrr_amount <> closing.ending_mrr_amount
    or periods.ending_customers_count <> closing.ending_customers_count
    or periods.ending_trial_mrr_amount <> closing.ending_trial_mrr_amount
    or periods.ending_committed_mrr_amount <> closing.ending_committed_mrr_amount
