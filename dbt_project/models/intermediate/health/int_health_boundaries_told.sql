{#- Instants that versions of a subscription and its items tell of, and the first snapshot at which one of them does. -#}
{%- set tellings = [
    ['billing_subscriptions', ['subscription_id'], 'updated_at', [
        ['_effective_at', 'true'], ['start_at', 'true'], ['ended_at', 'true'], ['trial_end_at', "status <> 'trialing'"],
        ['collection_paused_at', 'true'], ['collection_resumes_at', 'true']
    ]],
    ['billing_subscription_items', ['subscription_item_id'], 'updated_at', [['_effective_at', 'true'], ['created_at', 'true']]],
    ['billing_subscription_periods', ['subscription_id', 'start_at'], none, [['start_at', 'true'], ['end_at', 'true']]],
] -%}
with
{% for object, key, effective_at, instants in tellings -%}
{{ object }} as (
    {{ held_versions_of(object, key, effective_at) }}
),
{% endfor %}
told as (
    {% for object, key, effective_at, instants in tellings -%}
    {% for instant, condition in instants -%}
    select source_id, subscription_id, {{ instant }} as told_at, held_from_date
    from {{ object }}
    where {{ instant }} is not null and {{ condition }}
    union all
    {% endfor -%}
    {% endfor -%}
    {# Whether a trial went on to be paid for is told by what billing says next. #}
    select trials.source_id, trials.subscription_id, trials.trial_end_at as told_at, following.held_from_date
    from billing_subscriptions as trials
    inner join billing_subscriptions as following
        on
            trials.source_id = following.source_id
            and trials.subscription_id = following.subscription_id
            and trials._effective_at < following._effective_at
    where trials.status = 'trialing' and trials.trial_end_at is not null and following.status <> 'trialing'
)

select
    source_id,
    subscription_id,
    told_at,
    min(held_from_date) as held_from_date
from told
group by source_id, subscription_id, told_at
