{#
  Rows of a landed object, read as of the run.

  versions_of: every version of each key, with valid_from_at (inclusive) and valid_to_at (exclusive,
  NULL for the last). A later landing of the same effective instant corrects the earlier one. A row
  that vanished from a full export ends as a version with is_deleted. The first version known of a
  key has no lower bound: is_first_version says so and callers clip it at the thing's own start.

  current_of: the last version of each key, deleted ones left out.

  last_known_of: the last version of each key that was not deleted, with vanished_at: since when it is
  missing from a full export, NULL while it is there. For what still matters when it is gone.

  events_of: one row per key of an append-only object; gone where a full export of it no longer has it.
#}
{% macro versions_of(object, key, effective_at=none) %}
    {%- set keys = (['_source_id'] + key) | join(', ') -%}
    with landed as (
        select
            *,
            {% if effective_at -%}
            case when _operation = 'delete' then _loaded_at else coalesce({{ effective_at }}, _loaded_at) end
            {%- else -%}
            _loaded_at
            {%- endif %} as _effective_at
        from {{ source('landing', object) }}
        where _loaded_at <= {{ known_at() }}
    ),

    ranked as (
        select
            *,
            min(_effective_at) over (partition by {{ keys }}) as _first_effective_at,
            row_number() over (
                partition by {{ keys }}, _effective_at
                order by _loaded_at desc, _load_id desc, _operation
            ) as _correction_rank
        from landed
    ),

    visible as (
        select *
        from ranked
        where
            _correction_rank = 1
            {% if effective_at -%}
            and (_effective_at < {{ as_of() }} or ({{ effective_at }} is null and _effective_at = _first_effective_at))
            {%- else -%}
            and (_effective_at < {{ as_of() }} or _effective_at = _first_effective_at)
            {%- endif %}
    )

    select
        *,
        _source_id as source_id,
        _effective_at as valid_from_at,
        lead(_effective_at) over (partition by {{ keys }} order by _effective_at) as valid_to_at,
        _effective_at = _first_effective_at as is_first_version,
        _operation = 'delete' as is_deleted
    from visible
{% endmacro %}

{#
  Since when a version holds: the first one known reaches back to `since`, and as far back as anything is
  known where that is not told.
#}
{% macro held_from(since='null') -%}
    case
        when is_first_version then least(valid_from_at, coalesce({{ since }}, {{ long_ago() }}))
        else valid_from_at
    end
{%- endmacro %}

{% macro current_of(object, key, effective_at=none) %}
    select * from ({{ versions_of(object, key, effective_at) }}) as versions
    where valid_to_at is null and not is_deleted
{% endmacro %}

{% macro last_known_of(object, key, effective_at=none) %}
    select * from (
        select
            *,
            valid_to_at as vanished_at,
            row_number() over (
                partition by {{ (['_source_id'] + key) | join(', ') }} order by valid_from_at desc
            ) as _recency
        from ({{ versions_of(object, key, effective_at) }}) as versions
        where not is_deleted
    ) as last_known
    where _recency = 1
{% endmacro %}

{% macro events_of(object, key, event_time=none) %}
    {#-
      Two rows of one load may share a key and differ: their content decides, never their order.
      dbt's unit tests know no sources, so only there the content is left out.
    -#}
    {%- set source_id = 'source.' ~ project_name ~ '.landing.' ~ object -%}
    {%- set content = graph.sources[source_id].columns if execute and source_id in graph.sources else [] -%}
    select * from (
        select
            *,
            _source_id as source_id,
            row_number() over (
                partition by _source_id, {{ key | join(', ') }}
                order by
                    _loaded_at desc,
                    _load_id desc
                    {%- for column in content %},
                    {{ column }} nulls last
                    {%- endfor %}
            ) as _delivery_rank
        from {{ source('landing', object) }}
        where
            _loaded_at <= {{ known_at() }}
            {%- if event_time %}
            and coalesce({{ event_time }} < {{ as_of() }}, true)
            {%- endif %}
    ) as deliveries
    where _delivery_rank = 1 and _operation <> 'delete'
{% endmacro %}
