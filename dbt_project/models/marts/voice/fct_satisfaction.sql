{#- One set of columns per kind of survey; a kind that nobody was ever asked for has NULL throughout. -#}
with {% for type in satisfaction_types() -%}
{{ type }} as (
    {{ survey_periods(type, survey_measures()) }}
),

{% endfor -%}
keys as (
    {% for type in satisfaction_types() -%}
    select grain, period_start, period_end, is_complete, segment_name, segment_value from {{ type }}
    {% if not loop.last %}union{% endif %}
    {% endfor %}
)

select
    keys.grain,
    keys.period_start,
    keys.period_end,
    keys.is_complete,
    keys.segment_name,
    keys.segment_value
    {%- for type in satisfaction_types() -%}
    {%- for prefix, answers in {'': 'answered_count', 'all_': 'all_answers_count'}.items() %},
    cast({{ type }}.{{ answers }} as bigint) as {{ type }}_{{ answers }},
    cast({{ type }}.{{ prefix }}best_count as bigint) as {{ type }}_{{ prefix }}satisfied_count,
    cast({{ type }}.{{ prefix }}middle_count as bigint) as {{ type }}_{{ prefix }}neutral_count,
    cast({{ type }}.{{ prefix }}worst_count as bigint) as {{ type }}_{{ prefix }}dissatisfied_count,
    {{ money(type ~ '.' ~ prefix ~ 'common_score_sum') }} as {{ type }}_{{ prefix }}sum_score,
    {{ exact_divide(type ~ '.' ~ prefix ~ 'best_count', type ~ '.' ~ answers) }} as {{ type }}_{{ prefix }}satisfied_rate,
    {{ exact_divide(type ~ '.' ~ prefix ~ 'common_score_sum', type ~ '.' ~ answers) }} as {{ type }}_{{ prefix }}mean_score
    {%- endfor %},
    cast({{ type }}.rejected_count as bigint) as {{ type }}_rejected_count,
    cast({{ type }}.unanswered_count as bigint) as {{ type }}_unanswered_count,
    cast({{ type }}.sent_count as bigint) as {{ type }}_sent_count,
    cast({{ type }}.answered_sends_count as bigint) as {{ type }}_answered_sends_count,
    {{ exact_divide(type ~ '.answered_sends_count', type ~ '.sent_count') }} as {{ type }}_response_rate
    {%- endfor %}
from keys
{% for type in satisfaction_types() -%}
left join {{ type }}
    on
        keys.grain = {{ type }}.grain
        and keys.period_start = {{ type }}.period_start
        and keys.segment_name = {{ type }}.segment_name
        and keys.segment_value = {{ type }}.segment_value
{% endfor -%}
