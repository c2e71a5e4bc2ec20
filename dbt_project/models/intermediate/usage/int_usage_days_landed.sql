{#-
  Which day has to be kept with which build. A build is named by what it knew and measured, so that names
  sort by time, and by everything that a state from nothing would be made of anew.
-#}
{%- set state = carried_usage_state() -%}
{%- set day = local_date('occurred_at') ~ ' as event_date' -%}
with touched as (
    {% if state -%}
    {{ landed_usage([day], ['_loaded_at > ' ~ state.known_at]) }}
    union
    {# Landed before, and in view only now. #}
    {{ landed_usage([day], ['_loaded_at <= ' ~ state.known_at, 'occurred_at >= ' ~ state.as_of]) }}
    {%- else -%}
    select distinct event_date
    from ({{ landed_usage([day], []) }}) as landed
    {%- endif %}
),

known as (
    select count(*) as known_row_count
    from {{ source('landing', 'usage_events') }}
    where _loaded_at <= {{ known_at() }}
),

built as (
    select
        touched.event_date,
        cast({{ known_at() }} as string) || ' ' || cast({{ as_of() }} as string) || ' '
        || md5('{{ usage_fingerprint() }} ' || cast(known.known_row_count as string)) as build_id
    from touched
    cross join known
    {% if state -%}
    union all
    select kept.event_date, kept.build_id
    from {{ this }} as kept
    left join touched
        on kept.event_date = touched.event_date
    where touched.event_date is null
    {%- endif %}
)

select
    built.event_date,
    built.build_id,
    {{ known_at() }} as built_known_at,
    {{ as_of() }} as built_as_of,
    '{{ usage_fingerprint() }}' as fingerprint,
    known.known_row_count
from built
cross join known
