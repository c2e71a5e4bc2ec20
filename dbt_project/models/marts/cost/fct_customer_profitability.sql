select
    costs.grain,
    costs.period_start,
    periods.period_end,
    periods.is_complete,
    costs.customer_id,
    '{{ var("reporting_currency") }}' as currency_code,
    costs.recurring_revenue_amount,
    costs.cost_amount,
    costs.retention_cost_amount,
    costs.cost_to_carry_amount,
    {% for category in carried_categories() + ['other'] -%}
    costs.{{ category }}_to_carry_amount,
    {% endfor -%}
    costs.cost_of_revenue_amount,
    {{ exact_divide('costs.cost_to_carry_amount', 'costs.recurring_revenue_amount') }} as cost_to_carry_ratio,
    case
        when costs.recurring_revenue_amount > 0 then costs.cost_to_carry_amount > costs.recurring_revenue_amount
    end as is_carried_at_a_loss
from {{ ref('int_customer_costs_summed') }} as costs
inner join {{ ref('int_periods_spanned') }} as periods
    on costs.grain = periods.grain and costs.period_start = periods.period_start
where costs.customer_id is not null
