{#
  Common table expressions `closings` and `openings`: what a customer's days end with, and the days that open
  with it, from opening_from_date up to and without opening_to_date. A balance at the end of a day is what the
  next day opens with.

  balances: columns of int_customer_mrr_changed by the name that they have here.
#}
{% macro daily_openings(balances) %}
closings as (
    select
        customer_id,
        change_date
        {%- for name, column in balances.items() %},
        max_by({{ column }}, changed_at) as {{ name }}
        {%- endfor %}
    from {{ ref('int_customer_mrr_changed') }}
    group by customer_id, change_date
),

openings as (
    select
        customer_id,
        {{ add_days('change_date', 1) }} as opening_from_date,
        coalesce(
            {{ add_days('lead(change_date) over (partition by customer_id order by change_date)', 1) }},
            cast('9999-12-31' as date)
        ) as opening_to_date
        {%- for name in balances %},
        {{ name }}
        {%- endfor %}
    from closings
)
{%- endmacro %}
