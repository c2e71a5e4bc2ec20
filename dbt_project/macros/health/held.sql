{#
  Versions of landed rows as each snapshot could know them.

  A snapshot knows a row that was loaded before the end of its day, so by that night's run, and that took
  effect before it. What came with the first load of its object is history: it is known as of its own time.
  Both only ever come into view, so a row is held from one day until a better one comes into view: columns
  held_from_date (inclusive) and held_to_date (exclusive), to compare with the date of a snapshot. Rows
  known later, or effective later, change nothing of what is held before.

  The first version known of a key has no lower bound but its knowledge: callers compare the thing's own time.
  Where an older one comes into view after it, it is held twice: until then, and again since it took effect.
#}
{% macro held_versions_of(object, key, effective_at=none) %}
    {%- set keys = (['_source_id'] + key) | join(', ') -%}
    {%- set told_at = effective_at or '_loaded_at' -%}
    {%- set effective = "case when _operation = 'delete' then _loaded_at else coalesce(" ~ told_at ~ ', _loaded_at) end' -%}
    {%- set rank = 'order by _reaching_back_at desc nulls last, _effective_at, _loaded_at, _load_id, _operation desc' %}
    select * from (
        select
            *,
            _source_id as source_id,
            coalesce(
                min(held_from_date) over (
                    partition by {{ keys }} {{ rank }} rows between 1 following and unbounded following
                ),
                {{ never() }}
            ) as held_to_date
        from (
            select
                *,
                case
                    when reaches_back or is_oldest then _known_date
                    else greatest(_known_date, {{ add_days(local_date('_effective_at'), 1) }})
                end as held_from_date,
                case when reaches_back then _effective_at end as _reaching_back_at
            from (
                select
                    *,
                    _effective_at = min(_effective_at) over (partition by {{ keys }}) as is_oldest,
                    _effective_at = min(_effective_at) over (
                        partition by {{ keys }} order by _known_date, _effective_at
                        rows between unbounded preceding and current row
                    ) as is_oldest_known
                from (
                    select
                        *,
                        {{ effective }} as _effective_at,
                        {{ known_date('_loaded_at', 'min(_loaded_at) over (partition by _source_id)') }} as _known_date
                    from {{ source('landing', object) }}
                    where _loaded_at <= {{ known_at() }}
                ) as landed
            ) as bounded
            inner join (select false as reaches_back union all select true as reaches_back) as views
                on not reaches_back or (is_oldest_known and not is_oldest)
        ) as viewed
    ) as versions
    where held_from_date < held_to_date and _operation <> 'delete'
{% endmacro %}

{# First date of a snapshot that knows a row loaded then; the first load of an object is known all along. #}
{% macro known_date(loaded_at, first_loaded_at) -%}
    case when {{ loaded_at }} = {{ first_loaded_at }} then {{ always() }} else {{ local_date(loaded_at) }} end
{%- endmacro %}

{# Date of a snapshot at which a version or a link of identities holds. #}
{% macro held_on(relation, date) -%}
    {{ relation }}.held_from_date <= {{ date }} and {{ relation }}.held_to_date > {{ date }}
{%- endmacro %}

{# When both of two hold. #}
{% macro held_from_both(one, other) -%} greatest({{ one }}.held_from_date, {{ other }}.held_from_date) {%- endmacro %}
{% macro held_to_both(one, other) -%} least({{ one }}.held_to_date, {{ other }}.held_to_date) {%- endmacro %}
{% macro held_together(one, other) -%}
    {{ one }}.held_from_date < {{ other }}.held_to_date and {{ other }}.held_from_date < {{ one }}.held_to_date
{%- endmacro %}

{#
  Common table expressions that end in `name`: each thing once for every time without a gap in which any row of it
  is held. Hardly any thing has rows that hold at different times, so only those are put in order.
#}
{% macro held_without_gaps(name, relation, keys) %}
    {%- set things = keys | join(', ') -%}
{{ name }}_times as (
    select distinct {{ things }}, held_from_date, held_to_date
    from {{ relation }}
),

{{ name }}_spans as (
    select {{ things }}, min(held_from_date) as held_from_date, max(held_to_date) as held_to_date, count(*) as times
    from {{ name }}_times
    group by {{ things }}
),

{{ name }}_parted as (
    select
        times.*,
        max(times.held_to_date) over (
            partition by times.{{ keys | join(', times.') }} order by times.held_from_date, times.held_to_date
            rows between unbounded preceding and 1 preceding
        ) < times.held_from_date as is_apart
    from {{ name }}_times as times
    inner join {{ name }}_spans as spans
        on {% for key in keys %}times.{{ key }} = spans.{{ key }} and {% endfor %}spans.times > 1
),

{{ name }} as (
    select {{ things }}, held_from_date, held_to_date from {{ name }}_spans
    where times = 1
    union all
    select {{ things }}, min(held_from_date) as held_from_date, max(held_to_date) as held_to_date
    from (
        select
            *,
            sum(case when is_apart then 1 else 0 end) over (
                partition by {{ things }} order by held_from_date, held_to_date
                rows between unbounded preceding and current row
            ) as gaps
        from {{ name }}_parted
    ) as spread
    group by {{ things }}, gaps
)
{%- endmacro %}

{% macro always() %}cast('1900-01-01' as date){% endmacro %}
{% macro never() %}cast('9999-12-31' as date){% endmacro %}

{#
  Common table expressions that end in `followed`: whom each merged id stood for, and when: columns
  source_id, the id under its own name, target_id, held_from_date, held_to_date. Before the first merge is
  held it is not there. Pointers are doubled as in resolved_merges: n steps follow chains of up to 2^n.
#}
{% macro held_merges(object, id) %}
    {%- set steps = 4 -%}
merge_versions as (
    {{ held_versions_of(object, ['merged_' ~ id, 'merged_at'], 'merged_at') }}
),

pointers as (
    select
        source_id,
        merged_{{ id }} as {{ id }},
        surviving_{{ id }} as target_id,
        greatest(held_from_date, {{ add_days(local_date('merged_at'), 1) }}) as pointed_from_date,
        merged_at,
        held_to_date
    from merge_versions
    where merged_{{ id }} <> surviving_{{ id }}
),

{# Of several merges of one id the latest counts, and of one that was delivered again the last delivery. #}
step_0 as (
    select
        source_id,
        {{ id }},
        target_id,
        pointed_from_date as held_from_date,
        least(held_to_date, coalesce(
            min(pointed_from_date) over (
                partition by source_id, {{ id }} order by merged_at, pointed_from_date, target_id
                rows between 1 following and unbounded following
            ),
            {{ never() }}
        )) as held_to_date
    from pointers
),
{% for step in range(1, steps + 1) %}
first_{{ step }} as (
    select
        source_id,
        {{ id }},
        min(held_from_date) as held_from_date
    from step_{{ step - 1 }}
    where held_from_date < held_to_date
    group by source_id, {{ id }}
),

step_{{ step }} as (
    select
        here.source_id,
        here.{{ id }},
        onward.target_id,
        {{ held_from_both('here', 'onward') }} as held_from_date,
        {{ held_to_both('here', 'onward') }} as held_to_date
    from step_{{ step - 1 }} as here
    inner join step_{{ step - 1 }} as onward
        on
            here.source_id = onward.source_id
            and here.target_id = onward.{{ id }}
            and {{ held_together('here', 'onward') }}
    where here.held_from_date < here.held_to_date and onward.held_from_date < onward.held_to_date
    union all
    {# The one whom it points at stood for itself until then. #}
    select
        here.source_id,
        here.{{ id }},
        here.target_id,
        here.held_from_date,
        least(here.held_to_date, coalesce(first_{{ step }}.held_from_date, {{ never() }})) as held_to_date
    from step_{{ step - 1 }} as here
    left join first_{{ step }}
        on here.source_id = first_{{ step }}.source_id and here.target_id = first_{{ step }}.{{ id }}
    where here.held_from_date < least(here.held_to_date, coalesce(first_{{ step }}.held_from_date, {{ never() }}))
),
{% endfor %}
followed as (
    select * from step_{{ steps }}
    where held_from_date < held_to_date and target_id <> {{ id }}
)
{%- endmacro %}

{#
  Rows of customers, when they and their owner are held. Columns: customer_id, held_from_date, held_to_date and
  the columns that are told.

  relation: held versions with source_id and customer_id, the customer in billing.
  users: true where a row that names no customer is its user's (user_id): that of the user, after merges, as each
  snapshot could know it. What our own staff did is left out.
#}
{% macro held_of_customers(relation, columns, users=false) %}
    {%- set from_date = relation ~ '.held_from_date' -%}
    {%- set to_date = relation ~ '.held_to_date' %}
    select
        customers.customer_id,
        {% for column in columns -%}
        {{ column if ' as ' in column else relation ~ '.' ~ column }},
        {% endfor -%}
        {% if users -%}
        greatest({{ from_date }}, customers.held_from_date, coalesce(users.held_from_date, {{ always() }})) as held_from_date,
        least({{ to_date }}, customers.held_to_date, coalesce(users.held_to_date, {{ never() }})) as held_to_date
        {%- else -%}
        {{ held_from_both(relation, 'customers') }} as held_from_date,
        {{ held_to_both(relation, 'customers') }} as held_to_date
        {%- endif %}
    from {{ relation }}
    {% if users -%}
    left join {{ ref('int_health_users_held') }} as users
        on
            {{ relation }}.source_id = users.source_id
            and {{ relation }}.user_id = users.user_id
            and {{ held_together(relation, 'users') }}
    {% endif -%}
    inner join {{ ref('int_health_customers_held') }} as customers
        on
            {{ relation }}.source_id = customers.source_id
            and {% if users -%}
            coalesce({{ relation }}.customer_id, users.billing_customer_id)
            {%- else -%}
            {{ relation }}.customer_id
            {%- endif %} = customers.billing_customer_id
            and {{ held_together(relation, 'customers') }}
            {%- if users %}
            and coalesce(users.held_from_date < customers.held_to_date and customers.held_from_date < users.held_to_date, true)
            {%- endif %}
    {%- if users %}
    where not coalesce(users.is_internal, false)
    {%- endif %}
{% endmacro %}
