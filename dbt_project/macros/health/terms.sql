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
