{#
  Months of use as bits of a whole number, so that distinct users of any period are counted by looking at
  one row per user and year.

  A year's number tells of that year and the two before it: bits 0 to 11 are the months of the year before
  last, 12 to 23 those of last year, 24 to 35 those of the year itself.
#}

{# Number of a month within its own year: January is 1, February 2, March 4. #}
{% macro month_bit(month) %}cast(power(2, month({{ month }}) - 1) as bigint){% endmacro %}

{#
  Periods of whole months with the year of their last month, the bits of their months in that year's number
  (months_in), and the bits of as many months just before them (months_before).
#}
{% macro periods_of_months() %}
    {%- set last_day = add_days('periods.period_end', -1) %}
    select
        periods.grain,
        periods.period_start,
        periods.period_end,
        year({{ last_day }}) as usage_year,
        cast((power(2, lengths.months) - 1) * power(2, 24 + month({{ last_day }}) - lengths.months) as bigint) as months_in,
        cast((power(2, lengths.months) - 1) * power(2, 24 + month({{ last_day }}) - 2 * lengths.months) as bigint) as months_before
    from {{ ref('int_periods_spanned') }} as periods
    inner join (
        {% for grain, months in [('month', 1), ('quarter', 3), ('half_year', 6), ('year', 12), ('trailing_12_months', 12)] -%}
        select '{{ grain }}' as grain, {{ months }} as months
        {% if not loop.last %}union all{% endif %}
        {% endfor %}
    ) as lengths
        on periods.grain = lengths.grain
{% endmacro %}

{#
  Rows of (keys, usage_year, months) with the months of each row's year as rows of one number per year that
  tells of the years before it too. Two years are enough for whoever does not ask for months_before.
#}
{% macro spread_over_years(relation, keys, years=3) %}
    select
        {{ keys | join(', ') }},
        usage_year,
        bit_or(months) as months
    from (
        {% for years_ago in range(years) -%}
        select
            {{ keys | join(', ') }},
            usage_year + {{ years_ago }} as usage_year,
            months * {{ 2 ** (24 - 12 * years_ago) }} as months
        from {{ relation }}
        {% if not loop.last %}union all{% endif %}
        {% endfor %}
    ) as spread
    group by {{ keys | join(', ') }}, usage_year
{% endmacro %}
