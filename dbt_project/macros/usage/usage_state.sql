{#
  The usage state: what grows with the number of events is kept from night to night, and a night rebuilds
  exactly the days (and their months) that new loads touched or that came into view.

  int_usage_days_landed says for each day with which build it has to be kept; every row of a kept model says
  with which build it was made. What differs is deleted and made anew in one transaction. So a run that
  breaks between two models, a table that somebody drops, or a state built for another day heals by itself.
#}

{#
  Rows of usage as they were delivered, with their day. Filters on plain columns skip Parquet row groups, but
  not where they are joined by "or": so each of the spans, of which every row needs one, is a scan of its own.
#}
{% macro landed_usage(columns, conditions, spans=['true']) %}
    {%- for span in spans %}
    select
        {{ columns | join(',\n        ') }}
    from {{ source('landing', 'usage_events') }}
    where
        _loaded_at <= {{ known_at() }}
        and occurred_at < {{ as_of() }}
        and occurred_at >= cast('{{ var("calendar_floor_date") }}' as timestamp)
        {%- for condition in conditions + [span] if condition != 'true' %}
        and {{ condition }}
        {%- endfor %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{% endmacro %}

{# Some text where models may ask the warehouse while they are compiled, else none. #}
{% macro is_building() -%}
    {%- if execute and flags.WHICH in ('run', 'build') and model.resource_type == 'model' -%}yes{%- endif -%}
{%- endmacro %}

{#
  What else than the landing shapes the state; when it changes, everything is rebuilt. Raise the number when
  a macro of this folder changes what is kept.
#}
{% macro usage_fingerprint() %}
    {{- local_md5('2 ' ~ var('reporting_timezone') ~ ' ' ~ var('calendar_floor_date') ~ ' ' ~ code_of(['int_usage_days_summed'])) -}}
{% endmacro %}

{#
  known_at and as_of of the state that is kept, or nothing where it cannot be carried on: there is none, it
  knew or measured more than this run may, other policies made it, or what was known then is another landing.
#}
{% macro carried_usage_state() %}
    {%- if not is_building() or should_full_refresh() or load_relation(this) is none -%}{{ return(none) }}{%- endif -%}
    {%- set kept = run_query(
        'select distinct built_known_at, built_as_of, known_row_count from ' ~ this
        ~ ' where built_known_at <= ' ~ known_at() ~ ' and built_as_of <= ' ~ as_of()
        ~ " and fingerprint = '" ~ usage_fingerprint() ~ "'"
    ).rows -%}
    {%- if kept | length != 1 -%}{{ return(none) }}{%- endif -%}
    {%- set state = {
        'known_at': "cast('" ~ kept[0][0] ~ "' as timestamp)",
        'as_of': "cast('" ~ kept[0][1] ~ "' as timestamp)"
    } -%}
    {%- set known = run_query(
        'select count(*) from ' ~ source('landing', 'usage_events') ~ ' where _loaded_at <= ' ~ state.known_at
    ).rows[0][0] -%}
    {{- return(state if known == kept[0][2] else none) -}}
{% endmacro %}

{#
  Days, months or years with the build that they have to be kept with: columns `key` and build_id. A month is built
  anew with any of its days, when other events qualify or are milestones, and when its model is another. Of periods
  that end in a month (the key `last_month`), int_activity_periods_built tells.

  by_user: the model keeps what users did, not what was delivered, and int_activity_months_built tells of its months.
#}
{% macro usage_builds(key, by_user=false) %}
    {%- set code = local_md5(model.raw_code) if execute else '' -%}
    {%- if key == 'event_date' -%}
    select event_date, {{ short_name('build_id') }} as build_id
    from {{ ref('int_usage_days_landed') }}
    {%- elif by_user or key == 'last_month' -%}
    select {{ key }}, {{ short_name("build_id || ' " ~ code ~ "'") }} as build_id
    from {{ ref('int_activity_periods_built' if key == 'last_month' else 'int_activity_months_built') }}
    {%- else -%}
    {%- set start = period_start(usage_grain(key), 'days.event_date') -%}
    select
        {{ start }} as {{ key }},
        {{ short_name("max(days.build_id) || ' ' || max(events.fingerprint) || ' " ~ code ~ "'") }} as build_id
    from {{ ref('int_usage_days_landed') }} as days
    cross join (
        {%- if key == 'milestone_month' %}
        {{ fingerprint_of(ref('milestones'), ['source_name', 'event_name']) }}
        {%- else %}
        {{ fingerprint_of(ref('qualifying_events'), ['activity_notion', 'event_name', 'feature_name', 'is_excluded']) }}
        {%- endif %}
    ) as events
    group by {{ start }}
    {%- endif -%}
{% endmacro %}

{# The grain of the days, months or years that a model is kept by. #}
{% macro usage_grain(key) -%}
    {{ {'event_date': 'day', 'activity_year': 'year'}.get(key, 'month') }}
{%- endmacro %}

{# Some text where this model is there already, with builds to go by: an older version of it may have had none. #}
{% macro keeps_builds() -%}
    {%- if is_building() and is_incremental()
        and 'build_id' in (adapter.get_columns_in_relation(this) | map(attribute='name')) -%}yes{%- endif -%}
{%- endmacro %}

{# The builds that a model holds: a day or month is made in one transaction, so any of its rows tells. #}
{% macro held_usage_builds(relation, key) %}
    select {{ key }}, any_value(build_id) as build_id
    from {{ relation }}
    group by {{ key }}
{% endmacro %}

{# Of these builds the ones that this model does not hold; all of them where it is built from nothing. #}
{% macro outdated_usage_builds(key, by_user=false) %}
    select builds.{{ key }}, builds.build_id
    from ({{ usage_builds(key, by_user) }}) as builds
    {%- if keeps_builds() %}
    left join ({{ held_usage_builds(this, key) }}) as held
        on builds.{{ key }} = held.{{ key }} and builds.build_id = held.build_id
    where held.build_id is null
    {%- endif %}
{% endmacro %}

{#
  Conditions one of which holds on every row of the outdated days or months, and none on many others: one for
  each span of them, with literals that a reader can compare with the statistics of row groups. The nearest
  spans are joined where there are many. `column` is an instant or, with as_day, a day.
#}
{% macro outdated_spans(key, column, as_day=false, by_user=false) %}
    {%- if not keeps_builds() -%}{{ return(['true']) }}{%- endif -%}
    {%- set last = next_period_start(usage_grain(key), key) -%}
    {%- set edges = ['first_day', 'end_day'] if as_day else [local_midnight('first_day'), local_midnight('end_day')] -%}
    {%- set spans = run_query(
        'select ' ~ edges | join(', ') ~ ' from ('
        ~ 'select min(start_day) as first_day, max(end_day) as end_day from ('
        ~ 'select start_day, end_day, sum(is_first) over (order by start_day) as span_number from ('
        ~ 'select start_day, end_day, case when gap_days is null or (gap_days > 0 and row_number() over ('
        ~ 'order by gap_days desc nulls first, start_day) <= 20) then 1 else 0 end as is_first from ('
        ~ 'select ' ~ key ~ ' as start_day, ' ~ last ~ ' as end_day, '
        ~ days_between('lag(' ~ last ~ ') over (order by ' ~ key ~ ')', key) ~ ' as gap_days '
        ~ 'from (' ~ outdated_usage_builds(key, by_user) ~ ') as outdated'
        ~ ') as gaps) as marked) as numbered group by span_number) as spans order by first_day'
    ).rows -%}
    {%- set conditions = [] -%}
    {%- for first, end in spans -%}
        {%- do conditions.append(column ~ " >= '" ~ first ~ "' and " ~ column ~ " < '" ~ end ~ "'") -%}
    {%- endfor -%}
    {{ return(conditions or ['false']) }}
{% endmacro %}

{# The same as one condition, for a reader that is not a scan of its own for each. #}
{% macro within_outdated(key, column, as_day=false, by_user=false) %}
    {%- set spans = outdated_spans(key, column, as_day, by_user) -%}
    {{ return([] if spans == ['true'] else ['((' ~ spans | join(') or (') ~ '))']) }}
{% endmacro %}

{# Sums by day on which every one of the conditions holds. #}
{% macro usage_days_where(conditions) %}
    select *
    from {{ ref('int_usage_days_summed') }}
    where
        {{ conditions | join('\n        and ') }}
{% endmacro %}

{#
  Incremental strategy of the kept models; unique_key is the day or month that their builds are told for. Rows without
  one are those of an older version of the model, which was kept by nothing.
#}
{% macro get_incremental_replace_outdated_sql(arg_dict) %}
    {%- set key = arg_dict['unique_key'] -%}
    {%- set by_user = 'model.' ~ project_name ~ '.int_activity_months_built' in model.depends_on.nodes -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ key }} is null or {{ key }} in (
        select held.{{ key }}
        from ({{ held_usage_builds(arg_dict['target_relation'], key) }}) as held
        left join ({{ usage_builds(key, by_user) }}) as builds
            on held.{{ key }} = builds.{{ key }} and held.build_id = builds.build_id
        where builds.build_id is null
    );
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{% endmacro %}

{# One text that differs whenever any row of a small relation does, as column `fingerprint`. #}
{% macro fingerprint_of(relation, columns) %}
    {%- set values = [] -%}
    {%- for column in columns -%}
        {%- do values.append("coalesce(cast(" ~ column ~ " as string), '')") -%}
    {%- endfor -%}
    select md5({{ set_as_text(values | join(" || '|' || ")) }}) as fingerprint
    from {{ relation }}
{%- endmacro %}

{# A number that equal values share and others hardly ever do. #}
{% macro row_hash(columns) %}{{ return(adapter.dispatch('row_hash')(columns)) }}{% endmacro %}
{% macro duckdb__row_hash(columns) %}hash({{ columns | join(', ') }}){% endmacro %}
{% macro spark__row_hash(columns) %}xxhash64({{ columns | join(', ') }}){% endmacro %}

{# Stands for a text where nothing but a change of it matters; short texts are read fast, as many as there are rows. #}
{% macro short_name(text) %}substring(md5({{ text }}), 1, 12){% endmacro %}

{#
  A number that stands for a text in what is kept: the same under every version of an engine, and in practice never
  that of another text.
#}
{% macro text_number(text) %}{{ return(adapter.dispatch('text_number')(text)) }}{% endmacro %}
{% macro duckdb__text_number(text) %}cast(md5_number_lower({{ text }}) >> 1 as bigint){% endmacro %}
{% macro spark__text_number(text) %}xxhash64({{ text }}){% endmacro %}

{# One text that differs whenever one of these models is written otherwise. #}
{% macro code_of(names) %}
    {%- set texts = [] -%}
    {%- for name in names if execute -%}
        {%- do texts.append(graph.nodes.get('model.' ~ project_name ~ '.' ~ name, {}).get('raw_code', '')) -%}
    {%- endfor -%}
    {{- return(local_md5(texts | join(' '))) -}}
{% endmacro %}
