with summed as (
    select * from {{ ref('int_segment_periods_summed') }}
)

select
    grain,
    period_start,
    period_end,
    is_complete,
    segment_name,
    segment_value,
    '{{ var("reporting_currency") }}' as currency_code,
    starting_mrr_amount,
    {% for type in movement_types() -%}
    {{ type }}_mrr_amount,
    {% endfor -%}
    {{ money('starting_mrr_amount + ' ~ movement_types() | join('_mrr_amount + ') ~ '_mrr_amount') }} as ending_mrr_amount,
    ending_trial_mrr_amount,
    ending_committed_mrr_amount,
    starting_customers_count,
    {% for type in movement_types() if type != 'fx' -%}
    {{ type }}_customers_count,
    {% endfor -%}
    {# A pause that ends without a resume is a churn of a customer who had already stopped paying. #}
    starting_customers_count + new_customers_count + reactivation_customers_count + resume_customers_count
    - lost_customers_count - pause_customers_count as ending_customers_count
from summed
