{#- Stages whose companies at the end of a period are not those that have it on the last day of the period. -#}
with published as (
    {% for stage in lifecycle_stages() -%}
    select period_end, is_complete, grain, period_start, '{{ stage }}' as stage_name, {{ stage }}_ending_count as companies_count
    from {{ ref('fct_lifecycle_periods') }}
    where segment_name = 'all'
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

counted as (
    select
        published.grain,
        published.period_start,
        published.stage_name,
        count(*) as companies_count
    from published
    inner join {{ ref('fct_lifecycle_stages') }} as stages
        on
            published.stage_name = stages.stage_name
            and stages.from_date <= least({{ add_days('published.period_end', -1) }}, {{ last_measured_day() }})
            and (
                stages.to_date is null
                or stages.to_date > least({{ add_days('published.period_end', -1) }}, {{ last_measured_day() }})
            )
    group by published.grain, published.period_start, published.stage_name
)

select
    published.grain,
    published.period_start,
    published.stage_name,
    published.companies_count,
    counted.companies_count as counted_companies
from published
left join counted
    on
        published.grain = counted.grain
        and published.period_start = counted.period_start
        and published.stage_name = counted.stage_name
where coalesce(published.companies_count, 0) <> coalesce(counted.companies_count, 0)
