{#-
  Median and 90th percentile of the seconds of support, exact: the middle one, or the mean of the middle two, and
  the smallest one that nine tenths do not exceed. By rank in whole numbers, since quantiles of engines differ.
-#}
with {% for name, day in ticket_times().items() -%}
{{ name }} as (
    select customer_id, {{ day }}, {{ name }}_business_seconds as business_seconds
    from {{ ref('int_support_tickets_timed') }}
    where exclusion_reason is null and {{ name }}_business_seconds is not null
),

{{ name }}_placed as (
    {{ placed_in_periods(name, day, trailing=[]) }}
),

{{ name }}_segmented as (
    {{ placed_in_segments(name ~ '_placed', ['business_seconds']) }}
),

{% endfor -%}
times as (
    {% for name in ticket_times() -%}
    select '{{ name }}' as time_name, grain, period_start, segment_name, segment_value, business_seconds
    from {{ name }}_segmented
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

ranked as (
    select
        *,
        row_number() over (
            partition by time_name, grain, period_start, segment_name, segment_value order by business_seconds
        ) as place,
        count(*) over (partition by time_name, grain, period_start, segment_name, segment_value) as times_count
    from times
)

select
    time_name,
    grain,
    period_start,
    segment_name,
    segment_value,
    sum(case when 2 * place between times_count and times_count + 2 then business_seconds end) as middle_seconds,
    count(case when 2 * place between times_count and times_count + 2 then 1 end) as middle_count,
    min(case when 10 * place >= 9 * times_count then business_seconds end) as ninth_tenth_seconds
from ranked
group by time_name, grain, period_start, segment_name, segment_value
