{{ config(
    materialized='incremental', incremental_strategy='replace_outdated', unique_key='activity_month',
    on_schema_change='sync_all_columns'
) }}
{#- What adds up over months: how often a customer's users used a feature, and on which days any of them did. -#}
with outdated as (
    {{ outdated_usage_builds('activity_month', by_user=true) }}
)

select
    actors.customer_id,
    used.feature_name,
    used.activity_month,
    cast(sum(used.event_count) as bigint) as events_count,
    bit_or(used.used_days) as used_days,
    outdated.build_id
from {{ ref('int_feature_months_marked') }} as used
inner join outdated
    on used.activity_month = outdated.activity_month
inner join {{ ref('int_actors_attributed') }} as actors
    on
        used.source_id = actors.source_id
        and used.actor_id = actors.actor_id
        and used.is_user = actors.is_user
        and used.customer_id is not distinct from actors.named_customer_id
group by actors.customer_id, used.feature_name, used.activity_month, outdated.build_id
order by used.activity_month
