{#- Costs, revenue and customers of a period's segment values add up to the period's total. -#}
{{ segments_that_miss_the_total(ref('fct_cost'), cost_measures() + [
    'paying_customers_count', 'customers_at_a_loss_count', 'revenue_at_a_loss_amount', 'retained_customers_count'
]) }}
