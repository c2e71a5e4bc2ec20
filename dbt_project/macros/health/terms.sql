{# Months for which a price binds: who pays by the day or the week is bound for a month at most. #}
{% macro billing_term_months() -%}
    case billing_interval when 'year' then 12 * billing_interval_count when 'month' then billing_interval_count else 1 end
{%- endmacro %}

{#
  End of the term that runs at a snapshot, when terms have followed one another since a subscription began
  to pay. Months are added to the beginning, never chained.

  relation: a relation with paying_from_at, snapshot_at and term_months.
#}
{% macro next_term_end(relation) -%}
    {%- set months -%}
    ((year({{ relation }}.snapshot_at) - year({{ relation }}.paying_from_at)) * 12
    + month({{ relation }}.snapshot_at) - month({{ relation }}.paying_from_at))
    {%- endset -%}
    {%- set terms = 'cast(floor(' ~ months ~ ' / cast(' ~ relation ~ '.term_months as double)) as int)' -%}
    {%- set reached = add_months_to_instant(relation ~ '.paying_from_at', terms ~ ' * ' ~ relation ~ '.term_months') -%}
    {%- set following = add_months_to_instant(relation ~ '.paying_from_at', '(' ~ terms ~ ' + 1) * ' ~ relation ~ '.term_months') -%}
    case when {{ reached }} >= {{ relation }}.snapshot_at then {{ reached }} else {{ following }} end
{%- endmacro %}

{# Subscriptions that are paid for at the snapshots that this run measures. #}
{% macro measured_subscriptions() %}
    select subscriptions.*
    from {{ ref('int_health_subscriptions_dated') }} as subscriptions
    inner join {{ ref('int_health_snapshots_dated') }} as snapshots
        on
            subscriptions.customer_id = snapshots.customer_id
            and subscriptions.as_of_date = snapshots.as_of_date
{% endmacro %}
