{#- Items with more percent discounts at one time than the product of their factors takes in. -#}
select
    source_id,
    subscription_item_id,
    valid_from_at,
    stacked_percent_count
from {{ ref('int_intervals_discounted') }}
where stacked_percent_count > {{ most_stacked_percents() }}
