{#
  Common table expressions `merged` and `resolved` that follow merges to the one who survives them all.

  Pointer doubling: n steps resolve chains of up to 2^n merges. Whoever still points at somebody merged is in
  a cycle and is marked. Columns of `resolved`: source_id, the merged id under its own name, target_id,
  is_merge_cycle.

  merges: a relation with merged_<thing>_id, surviving_<thing>_id and merged_at.
  id: name of the resolved id, such as customer_id.
#}
{% macro resolved_merges(merges, id) %}
    {%- set steps = 5 -%}
merged as (
    select
        source_id,
        merged_{{ id }} as {{ id }},
        max_by(surviving_{{ id }}, merged_at) as target_id
    from {{ merges }}
    where merged_{{ id }} <> surviving_{{ id }}
    group by source_id, merged_{{ id }}
),

step_0 as (
    select * from merged
),
{% for step in range(1, steps + 1) %}
step_{{ step }} as (
    select
        here.source_id,
        here.{{ id }},
        coalesce(onward.target_id, here.target_id) as target_id
    from step_{{ step - 1 }} as here
    left join step_{{ step - 1 }} as onward
        on here.source_id = onward.source_id and here.target_id = onward.{{ id }}
),
{% endfor %}
resolved as (
    select
        last_step.source_id,
        last_step.{{ id }},
        last_step.target_id,
        still_merged.{{ id }} is not null as is_merge_cycle
    from step_{{ steps }} as last_step
    left join merged as still_merged
        on
            last_step.source_id = still_merged.source_id
            and last_step.target_id = still_merged.{{ id }}
)
{%- endmacro %}
