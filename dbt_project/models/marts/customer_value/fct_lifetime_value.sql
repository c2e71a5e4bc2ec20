{%- set policy = var('gross_margin_rate') -%}
with months as (
    select
        forward.period_start,
        forward.segment_name,
        forward.segment_value,
        retention.starting_customers_count,
        retention.lost_customers_count,
        {% if policy is none -%}
        costs.costed_revenue_amount as margin_revenue_amount,
        costs.costed_revenue_amount - costs.cost_of_revenue_amount as gross_profit_amount
        {%- else -%}
        forward.ending_mrr_amount as margin_revenue_amount,
        {{ money("forward.ending_mrr_amount * cast('" ~ policy ~ "' as decimal(11, 10))") }} as gross_profit_amount
        {%- endif %}
    from {{ ref('fct_mrr_roll_forward') }} as forward
    inner join {{ ref('fct_retention') }} as retention
        on
            forward.grain = retention.grain
            and forward.period_start = retention.period_start
            and forward.segment_name = retention.segment_name
            and forward.segment_value = retention.segment_value
    left join {{ ref('fct_cost') }} as costs
        on
            forward.grain = costs.grain
            and forward.period_start = costs.period_start
            and forward.segment_name = costs.segment_name
            and forward.segment_value = costs.segment_value
    where forward.grain = 'month'
),

recent as (
    select
        period_start as month_start,
        segment_name,
        segment_value,
        cast(sum(starting_customers_count) over three_months as bigint) as starting_customers_count,
        cast(sum(lost_customers_count) over three_months as bigint) as lost_customers_count,
        {{ money('coalesce(sum(margin_revenue_amount) over three_months, 0)') }} as margin_revenue_amount,
        {{ money('coalesce(sum(gross_profit_amount) over three_months, 0)') }} as gross_profit_amount
    from months
    window three_months as (
        partition by segment_name, segment_value order by period_start
        rows between 2 preceding and current row
    )
),

last_month as (
    select max(month_start) as month_start from recent
),

{# Churn and margin of a longer period are those of the three months that it ends with, or has come to. #}
periods as (
    select
        spanned.grain,
        spanned.period_start,
        spanned.period_end,
        spanned.is_complete,
        least({{ add_months('spanned.period_end', -1) }}, last_month.month_start) as month_start
    from {{ ref('int_periods_spanned') }} as spanned
    cross join last_month
    where
        spanned.is_billed
        and spanned.grain in ('month', 'quarter', 'half_year', 'year', '{{ trailing_grain() }}')
),

valued as (
    select
        periods.grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        recent.*,
        {{ exact_divide('forward.ending_mrr_amount', 'forward.ending_customers_count') }} as arpa_amount,
        {{ exact_divide('recent.gross_profit_amount', 'recent.margin_revenue_amount') }} as gross_margin_ratio
    from periods
    inner join recent on periods.month_start = recent.month_start
    {# ARPA has one definition: that of the period, whose segments are told at its own start. #}
    inner join {{ ref('fct_mrr_roll_forward') }} as forward
        on
            periods.grain = forward.grain
            and periods.period_start = forward.period_start
            and recent.segment_name = forward.segment_name
            and recent.segment_value = forward.segment_value
)

select
    grain,
    period_start,
    period_end,
    is_complete,
    segment_name,
    segment_value,
    '{{ var("reporting_currency") }}' as currency_code,
    arpa_amount,
    starting_customers_count,
    lost_customers_count,
    {{ exact_divide('lost_customers_count', 'starting_customers_count') }} as logo_churn_rate,
    margin_revenue_amount,
    gross_profit_amount,
    gross_margin_ratio,
    {{ money('arpa_amount * starting_customers_count') }} as arpa_of_base_amount,
    {{ money('arpa_amount * starting_customers_count * gross_margin_ratio') }} as margin_of_base_amount,
    {{ exact_divide('arpa_amount * starting_customers_count', 'lost_customers_count') }} as simple_value_amount,
    {{ exact_divide(
        'cast(arpa_amount * starting_customers_count as decimal(27, 10)) * gross_margin_ratio', 'lost_customers_count'
    ) }} as margin_value_amount
from valued
