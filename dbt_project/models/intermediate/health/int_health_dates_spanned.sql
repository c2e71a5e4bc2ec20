{#-
  Snapshots are of two kinds, measured alike: weekly ones that end at the run's as_of and reach back far
  enough to smooth and compare the last, and the start of every month. Weekly ones share one grid of weeks
  before the last of them; each month start has whole weeks of its own. One date may be of both kinds.
-#}
{%- set weeks = var('health_snapshot_weeks', 21) -%}

with weekly as (
    {% for weeks_ago in range(weeks) -%}
    select
        {{ weeks_ago }} as weeks_ago,
        {{ add_days(local_date(as_of()), -7 * weeks_ago) }} as as_of_date
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

months as (
    select period_start as as_of_date
    from {{ ref('int_periods_spanned') }}
    where grain = 'month' and {{ local_midnight('period_start') }} <= {{ as_of() }}
),

dates as (
    select
        coalesce(weekly.as_of_date, months.as_of_date) as as_of_date,
        weekly.as_of_date is not null as is_weekly,
        months.as_of_date is not null as is_month_start,
        coalesce(weekly.weeks_ago, 0) as weeks_ago,
        case when weekly.as_of_date is null then months.as_of_date else {{ local_date(as_of()) }} end as grid_date
    from weekly
    full outer join months
        on weekly.as_of_date = months.as_of_date
)

select
    *,
    {{ local_midnight('as_of_date') }} as snapshot_at
from dates
