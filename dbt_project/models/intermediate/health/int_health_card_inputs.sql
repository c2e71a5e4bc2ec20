with weekly as (
    select distinct as_of_date
    from {{ ref('int_health_snapshots_dated') }}
    where is_weekly
)

select measured.*
from {{ ref('int_health_snapshots_measured') }} as measured
inner join weekly
    on measured.as_of_date = weekly.as_of_date
