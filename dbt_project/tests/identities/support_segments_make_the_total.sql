{#- Tickets of a period's segment values add up to the period's total. -#}
{{ segments_that_miss_the_total(ref('fct_support'), [
    'opened_count', 'severe_opened_count', 'responded_count', 'solved_count', 'reopened_solved_count', 'backlog_count'
]) }}
