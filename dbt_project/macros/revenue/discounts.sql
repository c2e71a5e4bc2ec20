{# How many percent discounts may stack on one item at one time; a test fails when there are more. #}
{% macro most_stacked_percents() %}{{ return(8) }}{% endmacro %}

{#
  Product of the factors that stacked percents leave, exact to 18 digits.
  Expects rows with `percent_rank` from 1 and `percent_off`; `condition` narrows them.
#}
{% macro stacked_factor(condition='true') %}
    {%- set ns = namespace(product="cast(1 as decimal(20, 18))") -%}
    {%- for rank in range(1, most_stacked_percents() + 1) -%}
        {%- set factor -%}
            cast(coalesce(max(case when percent_rank = {{ rank }} and {{ condition }} then 1 - percent_off * cast(0.01 as decimal(4, 2)) end), 1) as decimal(10, 8))
        {%- endset -%}
        {%- set ns.product = "cast(" ~ ns.product ~ " * " ~ factor ~ " as decimal(20, 18))" -%}
    {%- endfor -%}
    {{ ns.product }}
{%- endmacro %}

{#
  What a factor leaves of an amount in minor units. Whole and broken units are multiplied apart: both at
  once need 28 digits after the point, which leaves ten before it, and 100 million rupiah have eleven.
#}
{% macro discounted_amount(amount, factor) %}
    (
        cast(floor({{ amount }}) as decimal(18, 0)) * cast({{ factor }} as decimal(19, 18))
        + cast(
            cast({{ amount }} - floor({{ amount }}) as decimal(11, 10)) * cast({{ factor }} as decimal(19, 18))
            as decimal(38, 18)
        )
    )
{%- endmacro %}

{# Items that are billed together: one amount is taken off each invoice, and shared by its items. #}
{% macro invoice_slot() -%}
    source_id, subscription_id, slot_from_at, currency_code, billing_interval, billing_interval_count
{%- endmacro %}

{#
  Share of `total` that a row of a slot bears in proportion to `weight`, in whole minor units by
  largest remainder, so that the shares sum to `total`; ties go to the lower subscription item.
  Needs total <= weight_sum. Where they are equal each row bears its whole weight.
#}
{% macro allocated_share(total, weight, weight_sum) %}
    {%- set exact = exact_divide(total ~ ' * ' ~ weight, weight_sum) -%}
    case
        when {{ total }} = 0 then 0
        when {{ total }} = {{ weight_sum }} then {{ weight }}
        else {{ money('floor(' ~ exact ~ ')') }} + case
            when row_number() over (
                partition by {{ invoice_slot() }}
                order by {{ exact }} - floor({{ exact }}) desc, subscription_item_id
            ) <= {{ total }} - sum(floor({{ exact }})) over (
                partition by {{ invoice_slot() }}
            ) then 1
            else 0
        end
    end
{%- endmacro %}
