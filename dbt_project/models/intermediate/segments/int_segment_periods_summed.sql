{#- What each segment opened a period with and what moved in it; the base of roll-forward and retention. -#}
with openings as (
    select * from {{ ref('int_segment_openings_accumulated') }}
    union all
    {# A trailing window opens like the month that it begins with. #}
    select
        periods.grain,
        periods.period_start,
        months.segment_name,
        months.segment_value,
        months.mrr_amount,
        months.trial_mrr_amount,
        months.committed_mrr_amount,
        months.customers_count
    from {{ ref('int_periods_spanned') }} as periods
    inner join {{ ref('int_segment_openings_accumulated') }} as months
        on months.grain = 'month' and periods.period_start = months.period_start
    where periods.grain = '{{ trailing_grain() }}'
),

{# Trial and committed MRR may have begun at another time than MRR, and then in another segment. #}
steps as (
    select
        *,
        case when trial_segment_date = segment_date then trial_mrr_after - trial_mrr_before else 0 end
            as trial_mrr_step,
        case when committed_segment_date = segment_date then committed_mrr_after - committed_mrr_before else 0 end
            as committed_mrr_step
    from {{ ref('int_customer_periods_netted') }}
),

other_steps as (
    select
        grain, period_start, customer_id, trial_segment_date as segment_date,
        trial_mrr_after - trial_mrr_before as trial_mrr_step,
        0 as committed_mrr_step
    from steps
    where trial_segment_date <> segment_date and trial_mrr_after <> trial_mrr_before
    union all
    select
        grain, period_start, customer_id, committed_segment_date as segment_date,
        0 as trial_mrr_step,
        committed_mrr_after - committed_mrr_before as committed_mrr_step
    from steps
    where committed_segment_date <> segment_date and committed_mrr_after <> committed_mrr_before
),

other_moved as (
    select
        other_steps.grain,
        other_steps.period_start,
        segments.segment_name,
        segments.segment_value,
        sum(other_steps.trial_mrr_step) as trial_mrr_step,
        sum(other_steps.committed_mrr_step) as committed_mrr_step
    from other_steps
    inner join {{ ref('int_customer_segments_dated') }} as segments
        on
            other_steps.customer_id = segments.customer_id
            and other_steps.segment_date >= segments.opening_from_date
            and other_steps.segment_date < segments.opening_to_date
    group by
        other_steps.grain, other_steps.period_start, segments.segment_name, segments.segment_value
),

moved as (
    select
        netted.grain,
        netted.period_start,
        segments.segment_name,
        segments.segment_value,
        {% for type in movement_types() if type != 'fx' -%}
        sum(case when netted.movement_type = '{{ type }}' then netted.movement_amount else 0 end) as {{ type }}_mrr_amount,
        count_if(netted.movement_type = '{{ type }}') as {{ type }}_customers_count,
        {% endfor -%}
        sum(netted.fx_amount) as fx_mrr_amount,
        sum(netted.trial_mrr_step) as trial_mrr_step,
        sum(netted.committed_mrr_step) as committed_mrr_step,
        sum(case when netted.mrr_before > 0 then netted.mrr_after - netted.mrr_before else 0 end) as retained_mrr_step,
        sum(case when netted.mrr_before > 0 then least(netted.mrr_after - netted.mrr_before, 0) else 0 end)
            as gross_retained_mrr_step,
        count_if(netted.movement_type = 'churn' and netted.mrr_before > 0) as lost_customers_count,
        count_if(netted.movement_type = 'churn' and netted.mrr_before > 0 and netted.churn_type = 'voluntary')
            as voluntarily_lost_customers_count,
        count_if(netted.movement_type = 'churn' and netted.mrr_before > 0 and netted.churn_type = 'involuntary')
            as involuntarily_lost_customers_count,
        count_if(netted.is_new_in_period) as first_paying_customers_count,
        count_if(netted.is_intra_period_churn) as intra_period_churned_customers_count
    from steps as netted
    inner join {{ ref('int_customer_segments_dated') }} as segments
        on
            netted.customer_id = segments.customer_id
            and netted.segment_date >= segments.opening_from_date
            and netted.segment_date < segments.opening_to_date
    group by netted.grain, netted.period_start, segments.segment_name, segments.segment_value
)

select
    periods.grain,
    periods.period_start,
    periods.period_end,
    periods.is_complete,
    openings.segment_name,
    openings.segment_value,
    {{ money('openings.mrr_amount') }} as starting_mrr_amount,
    openings.customers_count as starting_customers_count,
    {% for type in movement_types() -%}
    {{ money('coalesce(moved.' ~ type ~ '_mrr_amount, 0)') }} as {{ type }}_mrr_amount,
    {% endfor -%}
    {% for type in movement_types() if type != 'fx' -%}
    cast(coalesce(moved.{{ type }}_customers_count, 0) as bigint) as {{ type }}_customers_count,
    {% endfor -%}
    {{ money(
        'openings.trial_mrr_amount + coalesce(moved.trial_mrr_step, 0)'
        ~ ' + coalesce(other_moved.trial_mrr_step, 0)'
    ) }} as ending_trial_mrr_amount,
    {{ money(
        'openings.committed_mrr_amount + coalesce(moved.committed_mrr_step, 0)'
        ~ ' + coalesce(other_moved.committed_mrr_step, 0)'
    ) }} as ending_committed_mrr_amount,
    {{ money('openings.mrr_amount + coalesce(moved.retained_mrr_step, 0)') }} as retained_mrr_amount,
    {{ money('openings.mrr_amount + coalesce(moved.gross_retained_mrr_step, 0)') }} as gross_retained_mrr_amount,
    cast(coalesce(moved.lost_customers_count, 0) as bigint) as lost_customers_count,
    cast(coalesce(moved.voluntarily_lost_customers_count, 0) as bigint) as voluntarily_lost_customers_count,
    cast(coalesce(moved.involuntarily_lost_customers_count, 0) as bigint) as involuntarily_lost_customers_count,
    cast(coalesce(moved.first_paying_customers_count, 0) as bigint) as first_paying_customers_count,
    cast(coalesce(moved.intra_period_churned_customers_count, 0) as bigint) as intra_period_churned_customers_count
from openings
inner join {{ ref('int_periods_spanned') }} as periods
    on openings.grain = periods.grain and openings.period_start = periods.period_start
left join moved
    on
        openings.grain = moved.grain
        and openings.period_start = moved.period_start
        and openings.segment_name = moved.segment_name
        and openings.segment_value = moved.segment_value
left join other_moved
    on
        openings.grain = other_moved.grain
        and openings.period_start = other_moved.period_start
        and openings.segment_name = other_moved.segment_name
        and openings.segment_value = other_moved.segment_value
