{#
  Share of a whole number `total`, which may be negative, that a row bears in proportion to its weight: whole,
  by largest remainder, so that the shares of a pool sum to the total exactly. Of equal remainders the first
  by `ties` takes the rest. A total of NULL has shares of NULL.

  pool: the columns that name a pool; ties: a column that tells its rows apart, or several.
#}
{% macro signed_share(total, weight, weight_sum, pool, ties) %}
    {%- set size = 'abs(' ~ total ~ ')' -%}
    {%- set whole = whole_share(size, weight, weight_sum) -%}
    sign({{ total }}) * ({{ whole }} + case
        when row_number() over (
            partition by {{ pool }} order by {{ share_remainder(size, weight, weight_sum) }} desc, {{ ties }}
        ) <= {{ size }} - sum({{ whole }}) over (partition by {{ pool }}) then 1
        else 0
    end)
{%- endmacro %}

{# A total in minor units, or a stop where it is too large to be shared exactly; `whose` names it. #}
{% macro shareable(total, whose) %}
    case
        when abs({{ total }}) >= {{ largest_amount_minor() }} then {{ stop_run("'A cost of ' || cast(" ~ total ~ " as string) || ' minor units of ' || " ~ whose
            ~ " || ' is too large: costs are shared exactly below " ~ largest_amount_minor() ~ ".'") }}
        else {{ total }}
    end
{%- endmacro %}
