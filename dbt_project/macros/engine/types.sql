{# Column types that mean the same on every engine. #}

{# Money and rates: exact, ten digits after the point (metrics.md, section 1). #}
{% macro money_type() %}decimal(38, 10){% endmacro %}

{% macro money(expression) %}cast({{ expression }} as {{ money_type() }}){% endmacro %}
