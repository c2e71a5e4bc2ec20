{#
  Common table expressions that say which kinds of events qualify for a notion of activity: `qualifying` has
  event_name, feature_name and activity_notion. An exclusion outweighs every inclusion of the same notion.

  relation: a relation of event_name and feature_name.
#}
{% macro qualifying_kinds(relation) %}
vocabulary as (
    select distinct event_name, feature_name from {{ relation }}
),

qualifying as (
    select
        vocabulary.event_name,
        vocabulary.feature_name,
        rules.activity_notion
    from vocabulary
    cross join {{ ref('qualifying_events') }} as rules
    where
        (rules.event_name = '*' or rules.event_name = vocabulary.event_name)
        and (
            rules.feature_name is null
            or rules.feature_name = vocabulary.feature_name
            or (rules.feature_name = '*' and vocabulary.feature_name is not null)
        )
    group by vocabulary.event_name, vocabulary.feature_name, rules.activity_notion
    having not bool_or(rules.is_excluded)
)
{%- endmacro %}
