{#- Periods of any grain and segment in which the opening and the movements do not make the close. -#}
select
    grain,
    period_start,
    segment_name,
    segment_value
from {{ ref('fct_mrr_roll_forward') }}
where
    ending_mrr_amount <> starting_mrr_amount
    {%- for type in movement_types() %}
    + {{ type }}_mrr_amount
    {%- endfor %}
    or ending_mrr_amount < 0
    or ending_customers_count < 0
    or (ending_mrr_amount = 0) <> (ending_customers_count = 0)
