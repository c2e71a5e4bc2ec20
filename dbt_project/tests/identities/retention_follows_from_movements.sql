{#-
  Rows in which what the customers of the start kept is not what they opened with and how they moved, or
  in which retention and roll-forward open differently. New, reactivated and resumed customers are in
  neither rate.
-#}
select
    retention.grain,
    retention.period_start,
    retention.segment_name,
    retention.segment_value,
    retention.retained_mrr_amount
from {{ ref('fct_retention') }} as retention
inner join {{ ref('fct_mrr_roll_forward') }} as forward
    on
        retention.grain = forward.grain
        and retention.period_start = forward.period_start
        and retention.segment_name = forward.segment_name
        and retention.segment_value = forward.segment_value
where
    retention.starting_mrr_amount <> forward.starting_mrr_amount
    or retention.starting_customers_count <> forward.starting_customers_count
    or retention.retained_mrr_amount
    <> forward.starting_mrr_amount + forward.expansion_mrr_amount + forward.contraction_mrr_amount
    + forward.churn_mrr_amount + forward.pause_mrr_amount + forward.fx_mrr_amount
    or retention.lost_customers_count > forward.churn_customers_count
    or retention.first_paying_customers_count < forward.new_customers_count
