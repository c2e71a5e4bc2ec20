{#- The snapshots that this run measures: every weekly one, and the month starts that are not kept as they would be. -#}
{%- set kept = kept_months() -%}
with unchanged as (
    {% if kept -%}
    {{ unchanged_months(kept) }}
    {%- else -%}
    select as_of_date from {{ ref('int_health_months_dated') }} where false
    {%- endif %}
)

select customers.*
from {{ ref('int_health_customers_dated') }} as customers
left join unchanged
    on customers.as_of_date = unchanged.as_of_date
where customers.is_weekly or unchanged.as_of_date is null
