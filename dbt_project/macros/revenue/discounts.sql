{# How many percent discounts may stack on one item at one time; a test fails when there are more. #}
{% macro most_stacked_percents() %}{{ return(8) }}{% endmacro %}

{#
  Product of the factors that stacked percents leave. It is exact to 18 digits: rounded once for up to four
  percents, and beyond that the two products of four and their product. Expects rows with `percent_rank`
  from 1 and `percent_off`; `condition` narrows them.
#}
{% macro stacked_factor(condition='true') %}
    {%- set factors = [] -%}
    {%- for rank in range(1, most_stacked_percents() + 1) -%}
        {%- do factors.append(_left_by_percent(rank, condition)) -%}
    {%- endfor -%}
    {%- set fours = [] -%}
    {%- for first in range(0, most_stacked_percents(), 4) -%}
        {%- set pair = _product(factors[first], factors[first + 1], 'decimal(17, 16)') -%}
        {%- set other = _product(factors[first + 2], factors[first + 3], 'decimal(17, 16)') -%}
        {%- do fours.append(_product(pair, other, 'decimal(19, 18)')) -%}
    {%- endfor -%}
    {{ _product(fours[0], fours[1], 'decimal(19, 18)') }}
{%- endmacro %}

{% macro _left_by_percent(rank, condition) -%}
    cast(coalesce(max(case when percent_rank = {{ rank }} and {{ condition }} then 1 - percent_off * cast(0.01 as decimal(4, 2)) end), 1) as decimal(9, 8))
{%- endmacro %}

{% macro _product(one, other, type) -%}
    cast({{ one }} * {{ other }} as {{ type }})
{%- endmacro %}

{#
  What a factor leaves of an amount in minor units, rounded once to ten digits. Whole and broken units are
  multiplied apart: both at once need 28 digits after the point, which leaves ten before it.
#}
{% macro discounted_amount(amount, factor) %}
    {%- set whole = "cast(floor(" ~ amount ~ ") as decimal(18, 0)) * " ~ factor -%}
    {%- set broken = "cast(" ~ amount ~ " - floor(" ~ amount ~ ") as decimal(11, 10)) * " ~ factor -%}
    {{ money('floor(' ~ whole ~ ')') }} + {{ money('cast(' ~ whole ~ ' - floor(' ~ whole ~ ') as decimal(19, 18)) + ' ~ broken) }}
{%- endmacro %}

{# Amounts in minor units from here on are refused: what is shared out is exact below it. #}
{% macro largest_amount_minor() %}100000000000000{% endmacro %}

{# An amount, or a stop where it is too large to be discounted exactly; `whose` is a column that names it. #}
{% macro discountable(amount, whose) %}
    case
        when {{ amount }} >= {{ largest_amount_minor() }} then {{ stop_run("'An amount of ' || cast(" ~ amount ~ " as string) || ' minor units of ' || " ~ whose
            ~ " || ' is too large: discounts are exact below " ~ largest_amount_minor() ~ ".'") }}
        else {{ amount }}
    end
{%- endmacro %}

{# Items that are billed together: one amount is taken off each invoice, and shared by its items. #}
{% macro invoice_slot() -%}
    source_id, subscription_id, slot_from_at, currency_code, billing_interval, billing_interval_count
{%- endmacro %}

{# The values of a column in a group as one text, the same for the same set of values. #}
{% macro set_as_text(column) %}{{ return(adapter.dispatch('set_as_text')(column)) }}{% endmacro %}
{% macro duckdb__set_as_text(column) %}string_agg({{ column }}, chr(31) order by {{ column }}){% endmacro %}
{% macro spark__set_as_text(column) %}array_join(array_sort(collect_list({{ column }})), char(31)){% endmacro %}

{#
  Share of `total` that a row of a pool bears in proportion to `weight`, in whole minor units by largest
  remainder, so that the shares sum to `total`; ties go to the lower subscription item. Where `total` is
  all there is, or more, each row bears its whole weight. Needs `sharers`, which names the pool of an invoice.
#}
{% macro allocated_share(total, weight, weight_sum) %}
    {%- set whole = whole_share(total, weight, weight_sum) -%}
    case
        when {{ total }} >= {{ weight_sum }} then {{ weight }}
        else {{ money(whole) }} + case
            when row_number() over (
                partition by {{ invoice_slot() }}, sharers
                order by {{ share_remainder(total, weight, weight_sum) }} desc, subscription_item_id
            ) <= {{ total }} - sum({{ whole }}) over (partition by {{ invoice_slot() }}, sharers) then 1
            else 0
        end
    end
{%- endmacro %}

{# One billing period after an instant; NULL where the interval is. #}
{% macro after_billing_period(instant, interval, count) -%}
    case {{ interval }}
        when 'day' then {{ add_days_to_instant(instant, count) }}
        when 'week' then {{ add_days_to_instant(instant, '7 * ' ~ count) }}
        when 'month' then {{ add_months_to_instant(instant, count) }}
        when 'year' then {{ add_months_to_instant(instant, '12 * ' ~ count) }}
    end
{%- endmacro %}
