{{ config(
    materialized='incremental', incremental_strategy='replace_outdated', unique_key='event_date',
    on_schema_change='sync_all_columns'
) }}
{#-
  Deliveries of one event are those with its id on one day: days never look at one another, so each can be
  rebuilt alone. The last delivery counts. Only events that share a hash with another are ranked, since
  ranking a hundred million costs far more than finding the few that came twice.
-#}
{%- set spans = outdated_spans('event_date', 'occurred_at') -%}
{%- set day = local_date('occurred_at') ~ ' as event_date' -%}
{%- set hash = row_hash(['_source_id', 'event_id', local_date('occurred_at')]) ~ ' as event_hash' -%}
{%- set counted = [
    '_source_id as source_id', 'coalesce(user_id, anonymous_id) as actor_id', 'user_id is not null as is_user',
    'customer_id', 'event_name', 'feature_name', 'coalesce(event_count, 1) as event_count', 'occurred_at',
    '_operation', '_loaded_at'
] -%}
{%- set source_id = 'source.' ~ project_name ~ '.landing.usage_events' -%}
{%- set content = graph.sources[source_id].columns.keys() | list if execute and source_id in graph.sources else [] %}
with repeated as (
    select event_hash
    from ({{ landed_usage([hash], [], spans) }}) as hashed
    group by event_hash
    having count(*) > 1
),

single as (
    select
        landed.*,
        landed._loaded_at as first_loaded_at
    from ({{ landed_usage(counted + [day, hash], [], spans) }}) as landed
    left join repeated
        on landed.event_hash = repeated.event_hash
    where repeated.event_hash is null
),

ranked as (
    select
        landed.*,
        row_number() over (
            partition by landed.source_id, landed.event_id, landed.event_date
            order by
                landed._loaded_at desc,
                landed._load_id desc,
                {% for column in content if column != 'event_id' -%}
                landed.raw_{{ column }} nulls last,
                {% endfor -%}
                landed._operation
        ) as delivery_rank,
        min(landed._loaded_at) over (partition by landed.source_id, landed.event_id, landed.event_date) as first_loaded_at
    from (
        {%- set raw = [] -%}
        {%- for column in content if column != 'event_id' -%}{%- do raw.append(column ~ ' as raw_' ~ column) -%}{%- endfor %}
        {{ landed_usage(counted + [day, hash, 'event_id', '_load_id'] + raw, [], spans) }}
    ) as landed
    inner join repeated
        on landed.event_hash = repeated.event_hash
),

{%- set columns = [
    'source_id', 'event_date', 'actor_id', 'is_user', 'customer_id', 'event_name', 'feature_name', 'event_count',
    'occurred_at', '_operation', 'first_loaded_at'
] | join(',\n        ') %}

events as (
    select
        {{ columns }}
    from single
    union all
    select
        {{ columns }}
    from ranked
    where delivery_rank = 1
),

outdated as (
    {{ outdated_usage_builds('event_date') }}
)

select
    events.source_id,
    events.event_date,
    events.actor_id,
    events.is_user,
    events.customer_id,
    events.event_name,
    events.feature_name,
    count(*) as occurrence_count,
    cast(sum(events.event_count) as bigint) as event_count,
    min(events.occurred_at) as first_occurred_at,
    max(events.occurred_at) as last_occurred_at,
    {# Hardly any row has one: what came by the night after its day, or with the history, was known in time. #}
    case
        when
            events.first_loaded_at > histories.first_loaded_at
            and {{ local_date('events.first_loaded_at') }} > {{ add_days('events.event_date', 1) }}
            then {{ local_date('events.first_loaded_at') }}
    end as known_from_date,
    outdated.build_id
from events
inner join outdated
    on events.event_date = outdated.event_date
inner join {{ ref('int_usage_sources_landed') }} as histories
    on events.source_id = histories.source_id
where events._operation <> 'delete'
group by
    events.source_id, events.event_date, events.actor_id, events.is_user, events.customer_id,
    events.event_name, events.feature_name, known_from_date, outdated.build_id
{# Lying in the order of days, what a night does not touch is skipped when it is read. #}
order by events.event_date
