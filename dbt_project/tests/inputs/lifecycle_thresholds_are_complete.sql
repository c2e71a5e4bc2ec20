{#- Thresholds that are missing, unknown, negative or of another measure: no stage would ever be left. -#}
with known as (
    select 'adoption_level' as threshold_name, 'active_seat_rate' as measure_name
    union all
    select 'adoption_level' as threshold_name, 'active_users' as measure_name
    {% for name in ['adoption_hold', 'expansion_look_back', 'domain_look_back'] -%}
    union all
    select '{{ name }}' as threshold_name, 'days' as measure_name
    {% endfor -%}
    {% for name in ['mrr_expansion', 'active_user_expansion'] -%}
    union all
    select '{{ name }}' as threshold_name, 'minimum_rate' as measure_name
    {% endfor -%}
)

select
    thresholds.threshold_name,
    thresholds.measure_name,
    thresholds.threshold_value,
    'unknown' as problem
from {{ ref('lifecycle_thresholds') }} as thresholds
left join known
    on
        thresholds.threshold_name = known.threshold_name
        and thresholds.measure_name = known.measure_name
where
    known.threshold_name is null
    or thresholds.threshold_value is null
    or thresholds.threshold_value < 0
    or (thresholds.measure_name = 'days' and thresholds.threshold_value <> floor(thresholds.threshold_value))
union all
select
    known.threshold_name,
    cast(null as string) as measure_name,
    cast(null as decimal(9, 4)) as threshold_value,
    'missing' as problem
from (select distinct threshold_name from known) as known
left join {{ ref('lifecycle_thresholds') }} as thresholds
    on known.threshold_name = thresholds.threshold_name
where thresholds.threshold_name is null
