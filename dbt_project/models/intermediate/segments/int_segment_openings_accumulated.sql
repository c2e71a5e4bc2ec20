{#- Balances with which each segment opens each calendar period, summed from changes instead of a spine per customer. -#}
with {{ daily_openings({
    'mrr_amount': 'mrr_after', 'trial_mrr_amount': 'trial_mrr_after', 'committed_mrr_amount': 'committed_mrr_after'
}) }},

pieces as (
    select
        segments.segment_name,
        segments.segment_value,
        greatest(openings.opening_from_date, segments.opening_from_date) as opening_from_date,
        least(openings.opening_to_date, segments.opening_to_date) as opening_to_date,
        openings.mrr_amount,
        openings.trial_mrr_amount,
        openings.committed_mrr_amount,
        case when openings.mrr_amount > 0 then 1 else 0 end as customers_count
    from openings
    inner join {{ ref('int_customer_segments_dated') }} as segments
        on
            openings.customer_id = segments.customer_id
            and openings.opening_from_date < segments.opening_to_date
            and openings.opening_to_date > segments.opening_from_date
    where openings.mrr_amount <> 0 or openings.trial_mrr_amount <> 0 or openings.committed_mrr_amount <> 0
),

dated_steps as (
    select
        segment_name, segment_value, opening_from_date as opening_date,
        sum(mrr_amount) as mrr_step,
        sum(trial_mrr_amount) as trial_step,
        sum(committed_mrr_amount) as committed_step,
        sum(customers_count) as customers_step
    from pieces
    group by segment_name, segment_value, opening_from_date
    union all
    select
        segment_name, segment_value, opening_to_date as opening_date,
        -sum(mrr_amount) as mrr_step,
        -sum(trial_mrr_amount) as trial_step,
        -sum(committed_mrr_amount) as committed_step,
        -sum(customers_count) as customers_step
    from pieces
    where opening_to_date < cast('9999-12-31' as date)
    group by segment_name, segment_value, opening_to_date
),

{# The first period that opens on or after the day. #}
steps as (
    {% for grain in calendar_grains() -%}
    select
        '{{ grain }}' as grain,
        {{ next_period_start(grain, period_start(grain, add_days('opening_date', -1))) }} as period_start,
        segment_name, segment_value, mrr_step, trial_step, committed_step, customers_step
    from dated_steps
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

summed_steps as (
    select
        grain, period_start, segment_name, segment_value,
        sum(mrr_step) as mrr_step,
        sum(trial_step) as trial_step,
        sum(committed_step) as committed_step,
        sum(customers_step) as customers_step
    from steps
    group by grain, period_start, segment_name, segment_value
),

segment_values as (
    select distinct segment_name, segment_value from {{ ref('int_customer_segments_dated') }}
),

gridded as (
    select
        periods.grain,
        periods.period_start,
        segment_values.segment_name,
        segment_values.segment_value
    from {{ ref('int_periods_spanned') }} as periods
    cross join segment_values
    where periods.is_billed and periods.grain not like 'trailing%'
)

select
    gridded.grain,
    gridded.period_start,
    gridded.segment_name,
    gridded.segment_value,
    coalesce(sum(summed_steps.mrr_step) over so_far, 0) as mrr_amount,
    coalesce(sum(summed_steps.trial_step) over so_far, 0) as trial_mrr_amount,
    coalesce(sum(summed_steps.committed_step) over so_far, 0) as committed_mrr_amount,
    cast(coalesce(sum(summed_steps.customers_step) over so_far, 0) as bigint) as customers_count
from gridded
left join summed_steps
    on
        gridded.grain = summed_steps.grain
        and gridded.period_start = summed_steps.period_start
        and gridded.segment_name = summed_steps.segment_name
        and gridded.segment_value = summed_steps.segment_value
window so_far as (
    partition by gridded.grain, gridded.segment_name, gridded.segment_value
    order by gridded.period_start
    rows between unbounded preceding and current row
)
