{#-
  What each customer cost and paid in each period of a month or longer; nobody's cost is of customer NULL.

  Recurring revenue of a period is the sum of MRR at the close of those of its months for which the ledger of the
  customer's source has anything: of other months costs are not 0 but not known yet. Costed revenue is that of
  the months whose cost of revenue was booked, which has a gross margin.
-#}
with costs as (
    select
        allocated.source_id,
        allocated.cost_month,
        allocated.customer_id,
        allocated.cost_amount,
        coalesce(categories.is_retention_cost, false) as is_retention_cost,
        coalesce(categories.is_cost_to_carry, false) as is_cost_to_carry,
        coalesce(categories.is_cost_of_revenue, false) as is_cost_of_revenue,
        case
            when categories.is_cost_to_carry and allocated.cost_category in ({{ published_parts() }})
                then allocated.cost_category
            when categories.is_cost_to_carry then 'other'
        end as carried_category
    from {{ ref('int_costs_allocated') }} as allocated
    left join {{ ref('cost_categories') }} as categories
        on allocated.cost_category = categories.cost_category
),

booked as (
    select
        source_id,
        cost_month,
        bool_or(is_cost_of_revenue) as has_cost_of_revenue
    from costs
    group by source_id, cost_month
),

beginning as (
    select min(cost_month) as first_month from booked
),

revenues as (
    select
        months.customer_id,
        months.cost_month,
        months.mrr_amount as recurring_revenue_amount,
        case when booked.has_cost_of_revenue then months.mrr_amount else 0 end as costed_revenue_amount
    from {{ ref('int_customer_months_measured') }} as months
    inner join booked
        on months.source_id = booked.source_id and months.cost_month = booked.cost_month
    where months.mrr_amount > 0
),

unioned as (
    select
        customer_id,
        cost_month,
        cost_amount,
        case when customer_id is null then cost_amount else 0 end as unallocated_cost_amount,
        case when is_retention_cost then cost_amount else 0 end as retention_cost_amount,
        case when is_cost_to_carry then cost_amount else 0 end as cost_to_carry_amount,
        {% for category in carried_categories() + ['other'] -%}
        case when carried_category = '{{ category }}' then cost_amount else 0 end as {{ category }}_to_carry_amount,
        {% endfor -%}
        case when is_cost_of_revenue then cost_amount else 0 end as cost_of_revenue_amount,
        0 as recurring_revenue_amount,
        0 as costed_revenue_amount
    from costs
    union all
    select
        customer_id,
        cost_month,
        {% for measure in cost_measures()[:-2] -%}
        0 as {{ measure }},
        {% endfor -%}
        recurring_revenue_amount,
        costed_revenue_amount
    from revenues
),

by_month as (
    select
        customer_id,
        cost_month
        {%- for measure in cost_measures() %},
        {{ money('sum(' ~ measure ~ ')') }} as {{ measure }}
        {%- endfor %}
    from unioned
    group by customer_id, cost_month
),

placed as (
    {{ placed_in_periods('by_month', 'cost_month', grains=['month', 'quarter', 'half_year', 'year']) }}
)

{# A window of twelve months that began before the ledger would have fewer months of costs than of customers. #}
select
    placed.grain,
    placed.period_start,
    placed.customer_id
    {%- for measure in cost_measures() %},
    {{ money('sum(placed.' ~ measure ~ ')') }} as {{ measure }}
    {%- endfor %}
from placed
cross join beginning
where placed.grain <> '{{ trailing_grain() }}' or placed.period_start >= beginning.first_month
group by placed.grain, placed.period_start, placed.customer_id
