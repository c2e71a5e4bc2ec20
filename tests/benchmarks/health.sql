-- Scores of the run's day beside what was true then; only who pays and has not given notice.
with scores as (
    select customer_id, as_of_date, health_score
    from warehouse.scores.fct_health_scores
),

probabilities as (
    select
        customer_id,
        any_value(churn_probability) filter (where horizon_days = 30) as churn_probability_30,
        any_value(churn_probability) filter (where horizon_days = 90) as churn_probability_90,
        any_value(withheld_reason) filter (where horizon_days = 30) as withheld_30,
        any_value(withheld_reason) filter (where horizon_days = 90) as withheld_90,
        any_value(reason_1_driver) filter (where horizon_days = 30) as reason_1_30,
        any_value(reason_2_driver) filter (where horizon_days = 30) as reason_2_30,
        any_value(reason_1_driver) filter (where horizon_days = 90) as reason_1_90,
        any_value(reason_2_driver) filter (where horizon_days = 90) as reason_2_90
    from warehouse.scores.fct_churn_probability
    where as_of_date = cast(getvariable('as_of') as date)
    group by customer_id
)

select
    truth.*,
    inputs.can_leave_within_30,
    inputs.can_leave_within_90,
    scores.health_score,
    before.health_score as health_score_before,
    probabilities.* exclude (customer_id)
from truth
inner join warehouse.intermediate.int_health_card_inputs as inputs
    on
        inputs.customer_id = 'sim:' || truth.customer_id
        and inputs.as_of_date = cast(truth.week_start as date)
left join scores
    on inputs.customer_id = scores.customer_id and inputs.as_of_date = scores.as_of_date
left join scores as before
    on inputs.customer_id = before.customer_id and before.as_of_date = inputs.as_of_date - 28
left join probabilities on inputs.customer_id = probabilities.customer_id
where truth.week_start = getvariable('as_of')
order by truth.customer_id
