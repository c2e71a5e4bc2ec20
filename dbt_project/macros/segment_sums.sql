{#
  Periods in which the values of a segment do not add up to the total, in any of the measures of a mart
  that has one row per grain, period_start, segment_name and segment_value.
#}
{% macro segments_that_miss_the_total(mart, measures) %}
with summed as (
    select
        grain,
        period_start,
        segment_name
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }}
        {%- endfor %}
    from {{ mart }}
    group by grain, period_start, segment_name
)

select
    parts.grain,
    parts.period_start,
    parts.segment_name
from summed as parts
inner join summed as total
    on
        parts.grain = total.grain
        and parts.period_start = total.period_start
        and total.segment_name = 'all'
where
    {% for measure in measures -%}
    parts.{{ measure }} <> total.{{ measure }}
    {% if not loop.last %}or {% endif -%}
    {%- endfor %}
{%- endmacro %}


{# Grains that carry segments as well as the total, as a list of literals. #}
{% macro segment_grains() -%}
    '{{ var('segment_grains') | join("', '") }}'
{%- endmacro %}

{#
  Rows of a relation once for the total and once for each of their segments.

  A segment is taken at the period's start, of a customer who first paid in it at the first midnight after.
  Rows of nobody known (customer_id is NULL) are in the total and in the segment value of which nothing is
  known, so that segments partition it. Segments come at the grains of `segment_grains`, the total at all.

  relation: a relation of grain, period_start, customer_id and the columns.
#}
{% macro placed_in_segments(relation, columns) %}
    {%- set told = ['placed.grain', 'placed.period_start', 'segments.segment_name', 'segments.segment_value'] -%}
    {%- for column in columns -%}{%- do told.append('placed.' ~ column) -%}{%- endfor -%}
    {%- set is_carried = "segment_name = 'all' or placed.grain in (" ~ segment_grains() ~ ')' %}
    select {{ told | join(', ') }}
    from (
        select
            {{ relation }}.*,
            case
                when
                    payments.first_paid_date >= {{ relation }}.period_start
                    and payments.first_paid_date < {{ period_end(relation ~ '.grain', relation ~ '.period_start') }}
                    then {{ add_days('payments.first_paid_date', 1) }}
                else {{ relation }}.period_start
            end as opening_date
        from {{ relation }}
        left join {{ ref('int_customer_first_payments') }} as payments
            on {{ relation }}.customer_id = payments.customer_id
    ) as placed
    {# Of a known customer there is one value of each segment at every opening, the total among them. #}
    inner join {{ ref('int_customer_segments_dated') }} as segments
        on
            placed.customer_id = segments.customer_id
            and placed.opening_date >= segments.opening_from_date
            and placed.opening_date < segments.opening_to_date
            and (segments.{{ is_carried }})
    union all
    select {{ told | join(', ') }}
    from {{ relation }} as placed
    inner join (
        select 'all' as segment_name, 'all' as segment_value
        {% for segment in segment_names() -%}
        union all
        select '{{ segment }}' as segment_name, '{{ no_segment() }}' as segment_value
        {% endfor %}
    ) as segments
        on segments.{{ is_carried }}
    where placed.customer_id is null
{% endmacro %}

{# Sums of additive measures for all customers and by segment, in the periods of a relation. #}
{% macro summed_in_segments(relation, measures) %}
    select
        grain,
        period_start,
        segment_name,
        segment_value
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }}
        {%- endfor %}
    from ({{ placed_in_segments(relation, measures) }}) as segmented
    group by grain, period_start, segment_name, segment_value
{% endmacro %}

{#
  Common table expressions `summed` and `dense`: sums of additive measures for all customers and by segment, in
  every period since the relation's first one. What a mart of a domain divides is read from `dense`.
#}
{% macro dense_in_segments(relation, measures) %}
summed as (
    {{ summed_in_segments(relation, measures) }}
),

dense as (
    {{ over_every_period('summed', measures) }}
)
{% endmacro %}
