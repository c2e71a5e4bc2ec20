{%- set loss_measures = ['paying_customers_count', 'customers_at_a_loss_count', 'revenue_at_a_loss_amount'] -%}
with customers as (
    select
        *,
        case when recurring_revenue_amount > 0 then 1 else 0 end as paying_customers_count,
        case
            when recurring_revenue_amount > 0 and cost_to_carry_amount > recurring_revenue_amount then 1
            else 0
        end as customers_at_a_loss_count,
        case
            when recurring_revenue_amount > 0 and cost_to_carry_amount > recurring_revenue_amount
                then recurring_revenue_amount
            else 0
        end as revenue_at_a_loss_amount
    from {{ ref('int_customer_costs_summed') }}
),

booked as (
    select distinct grain, period_start from {{ ref('int_customer_costs_summed') }}
),

summed as (
    {{ summed_in_segments('customers', cost_measures() + loss_measures) }}
),

{# In the base at the start and paying at the close: who paused is not lost, but does not pay. #}
retained as (
    select
        moved.grain,
        moved.period_start,
        moved.segment_name,
        moved.segment_value,
        moved.starting_customers_count - moved.lost_customers_count - moved.pause_customers_count
            as retained_customers_count
    from {{ ref('int_segment_periods_summed') }} as moved
    inner join booked on moved.grain = booked.grain and moved.period_start = booked.period_start
),

counted as (
    select
        coalesce(summed.grain, retained.grain) as grain,
        coalesce(summed.period_start, retained.period_start) as period_start,
        coalesce(summed.segment_name, retained.segment_name) as segment_name,
        coalesce(summed.segment_value, retained.segment_value) as segment_value,
        {% for measure in cost_measures() + loss_measures -%}
        coalesce(summed.{{ measure }}, 0) as {{ measure }},
        {% endfor -%}
        coalesce(retained.retained_customers_count, 0) as retained_customers_count
    from summed
    full outer join retained
        on
            summed.grain = retained.grain
            and summed.period_start = retained.period_start
            and summed.segment_name = retained.segment_name
            and summed.segment_value = retained.segment_value
    where summed.grain is not null or retained.retained_customers_count > 0
),

dense as (
    {{ over_every_period('counted', cost_measures() + loss_measures + ['retained_customers_count']) }}
),

{# A period of which nothing is booked yet has no row: its costs are not 0 but unknown. #}
costs as (
    select dense.*
    from dense
    inner join booked on dense.grain = booked.grain and dense.period_start = booked.period_start
)

select
    grain,
    period_start,
    period_end,
    is_complete,
    segment_name,
    segment_value,
    '{{ var("reporting_currency") }}' as currency_code,
    {% for measure in cost_measures() -%}
    {{ money(measure) }} as {{ measure }},
    {% endfor -%}
    cast(retained_customers_count as bigint) as retained_customers_count,
    cast(paying_customers_count as bigint) as paying_customers_count,
    cast(customers_at_a_loss_count as bigint) as customers_at_a_loss_count,
    {{ money('revenue_at_a_loss_amount') }} as revenue_at_a_loss_amount,
    {{ exact_divide('retention_cost_amount', 'retained_customers_count') }} as retention_cost_per_customer_amount,
    {{ exact_divide('retention_cost_amount', 'recurring_revenue_amount') }} as retention_cost_ratio,
    {{ exact_divide('cost_to_carry_amount', 'recurring_revenue_amount') }} as cost_to_carry_ratio,
    {{ exact_divide('customers_at_a_loss_count', 'paying_customers_count') }} as customers_at_a_loss_rate
from costs
