with periods as (
    {{ survey_periods('nps', survey_measures()) }}
)

select
    grain,
    period_start,
    period_end,
    is_complete,
    segment_name,
    segment_value,
    {% for prefix, answers in {'': 'answered_count', 'all_': 'all_answers_count'}.items() -%}
    cast({{ answers }} as bigint) as {{ answers }},
    cast({{ prefix }}best_count as bigint) as {{ prefix }}promoters_count,
    cast({{ prefix }}middle_count as bigint) as {{ prefix }}passives_count,
    cast({{ prefix }}worst_count as bigint) as {{ prefix }}detractors_count,
    cast(100 * ({{ prefix }}best_count - {{ prefix }}worst_count) as bigint) as {{ prefix }}net_promoters_score,
    {{ exact_divide('100 * (' ~ prefix ~ 'best_count - ' ~ prefix ~ 'worst_count)', answers) }} as {{ prefix }}nps_score,
    {{ margin_of_error(prefix ~ 'best_count', prefix ~ 'worst_count', answers) }} as {{ prefix }}margin_of_error_score,
    {% endfor -%}
    cast(rejected_count as bigint) as rejected_count,
    cast(unanswered_count as bigint) as unanswered_count,
    cast(sent_count as bigint) as sent_count,
    cast(answered_sends_count as bigint) as answered_sends_count,
    {{ exact_divide('answered_sends_count', 'sent_count') }} as response_rate
from periods
