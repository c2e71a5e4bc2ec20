{#-
  Share of the core features that a customer used in the four weeks before a snapshot. A feature is core
  while at least `health_core_feature_reach_rate` of the customers with any use used it in the 17 weeks
  before the snapshot: the company's own practice decides, not a list that ages.
-#}
{%- set reach = var('health_core_feature_reach_rate', 0.2) -%}

with snapshots as (
    select * from {{ ref('int_health_snapshots_dated') }}
),

{{ held_without_gaps(
    'feature_weeks', '(select * from ' ~ ref('int_health_use_weeks_summed') ~ ' where feature_name is not null) as uses',
    ['customer_id', 'feature_name', 'grid_date', 'weeks_ago']
) }},

used as (
    select
        snapshots.source_id,
        snapshots.customer_id,
        snapshots.as_of_date,
        feature_weeks.feature_name,
        min(feature_weeks.weeks_ago - snapshots.weeks_ago) <= 3 as is_recent
    from snapshots
    inner join feature_weeks
        on
            snapshots.customer_id = feature_weeks.customer_id
            and snapshots.grid_date = feature_weeks.grid_date
            and {{ held_on('feature_weeks', 'snapshots.as_of_date') }}
            and feature_weeks.weeks_ago between snapshots.weeks_ago and snapshots.weeks_ago + 16
    group by all
),

users as (
    select
        source_id,
        as_of_date,
        count(distinct customer_id) as customer_count
    from used
    group by source_id, as_of_date
),

core as (
    select
        used.source_id,
        used.as_of_date,
        used.feature_name
    from used
    inner join users
        on used.source_id = users.source_id and used.as_of_date = users.as_of_date
    group by used.source_id, used.as_of_date, used.feature_name, users.customer_count
    having count(*) >= {{ reach }} * users.customer_count
),

core_sizes as (
    select
        source_id,
        as_of_date,
        count(*) as feature_count
    from core
    group by source_id, as_of_date
),

adopted as (
    select
        used.customer_id,
        used.as_of_date,
        count(*) as feature_count
    from used
    inner join core
        on
            used.source_id = core.source_id
            and used.as_of_date = core.as_of_date
            and used.feature_name = core.feature_name
    where used.is_recent
    group by used.customer_id, used.as_of_date
)

select
    snapshots.customer_id,
    snapshots.as_of_date,
    cast(coalesce(adopted.feature_count, 0) as double) / core_sizes.feature_count as core_feature_rate
from snapshots
inner join core_sizes
    on snapshots.source_id = core_sizes.source_id and snapshots.as_of_date = core_sizes.as_of_date
left join adopted
    on snapshots.customer_id = adopted.customer_id and snapshots.as_of_date = adopted.as_of_date
