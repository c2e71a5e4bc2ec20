{#- Periods in which what segments retained and lost does not add up to the total. -#}
{%- set measures = ['starting_mrr_amount', 'retained_mrr_amount', 'gross_retained_mrr_amount',
    'lost_mrr_amount', 'gained_mrr_amount', 'starting_customers_count', 'lost_customers_count',
    'voluntarily_lost_customers_count', 'involuntarily_lost_customers_count',
    'intra_period_churned_customers_count', 'first_paying_customers_count'] -%}
{{ segments_that_miss_the_total(ref('fct_retention'), measures) }}
